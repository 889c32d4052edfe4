-- title: Prediction quality
-- definition: How good the approval probabilities were, on lineages whose first adjudication is known. The value is
--   the Brier score (mean squared error; 0 is perfect), exact to ten-thousandths of a probability. Beside it: ece, the
--   expected calibration error over ten equal bins; pr_auc, average precision for denials, binned: probabilities within
--   one of two hundred equal bins count as equal; denial_rate. Read label_coverage beside it.
-- numerator: sum of squared errors
-- denominator: labelled lineages
-- basis: label day: first adjudication (BPR16)
-- source: Brier 1950; average precision as in scikit-learn
-- unit: score
-- by: total, payer, model, day, week, month
-- reads: kpi_prediction_daily
WITH
    labelled AS (
        SELECT
            toString({by:Identifier}) AS key, bin, sum(k.claims) AS size, size - sum(k.paid_claims) AS denied,
            sum(k.probability_e4) / 10000 AS probability, sum(k.squared_error_e8) / 100000000 AS squared_error
        FROM (
            SELECT
                '' AS total, payer_id, model_version, day, toMonday(day) AS week, toStartOfMonth(day) AS month,
                bin, claims, paid_claims, probability_e4, squared_error_e8
            FROM kpi_prediction_daily
            WHERE tenant_id = {tenant:String} AND day BETWEEN {from:Date} AND {to:Date} AND known_on <= {as_of:Date}
        ) AS k
        GROUP BY key, bin
        HAVING size > 0
    ),
    ranked AS (
        SELECT key, size, denied, squared_error,
            sum(denied) OVER (PARTITION BY key ORDER BY bin) AS denied_so_far,
            sum(size) OVER (PARTITION BY key ORDER BY bin) AS seen,
            -- the gap of each tenth stands at its first bin
            row_number() OVER (PARTITION BY key, intDiv(bin, 20) ORDER BY bin) = 1 AS first_of_tenth,
            abs(sum(probability - (size - denied)) OVER (PARTITION BY key, intDiv(bin, 20))) AS gap_of_tenth
        FROM labelled
    )
SELECT
    key,
    sum(squared_error) AS numerator,
    sum(size) AS denominator,
    numerator / nullIf(denominator, 0) AS value,
    sumIf(gap_of_tenth, first_of_tenth) / nullIf(denominator, 0) AS ece,
    sum(denied * denied_so_far / seen) / nullIf(sum(denied), 0) AS pr_auc,
    sum(denied) / nullIf(denominator, 0) AS denial_rate
FROM ranked
GROUP BY key
ORDER BY key
