-- title: Prediction quality
-- definition: How good the approval probabilities were, on lineages whose first adjudication is known. The value is
--   the Brier score (mean squared error; 0 is perfect). Beside it: ece, the expected calibration error over ten equal
--   bins; pr_auc, average precision for denials; denial_rate. Read label_coverage beside it.
-- numerator: sum of squared errors
-- denominator: labelled lineages
-- basis: label day: first adjudication (BPR16)
-- source: Brier 1950; average precision as in scikit-learn
-- unit: score
-- by: total, payer, model, day, week, month
-- reads: kpi_prediction_daily
WITH
    labelled AS (
        SELECT toString({by:Identifier}) AS key, probability_e4, paid, sum(k.claims) AS claims
        FROM (
            SELECT
                '' AS total, payer_id, model_version, day, toMonday(day) AS week, toStartOfMonth(day) AS month,
                probability_e4, paid, claims
            FROM kpi_prediction_daily
            WHERE tenant_id = {tenant:String} AND day BETWEEN {from:Date} AND {to:Date} AND known_on <= {as_of:Date}
        ) AS k
        GROUP BY key, probability_e4, paid
        HAVING claims > 0
    ),
    bins AS (
        SELECT key, least(intDiv(probability_e4, 1000), 9) AS bin, sum(claims) AS size,
            abs(sum(claims * probability_e4 / 10000) - sumIf(claims, paid)) AS gap
        FROM labelled
        GROUP BY key, bin
    ),
    ranked AS (
        SELECT key, probability_e4, sumIf(claims, NOT paid) AS denied, sum(claims) AS size,
            sum(denied) OVER (PARTITION BY key ORDER BY probability_e4) AS denied_so_far,
            sum(size) OVER (PARTITION BY key ORDER BY probability_e4) AS seen
        FROM labelled
        GROUP BY key, probability_e4
    )
SELECT
    labelled.key AS key,
    sum(claims * pow(probability_e4 / 10000 - paid, 2)) AS numerator,
    sum(claims) AS denominator,
    numerator / nullIf(denominator, 0) AS value,
    any(calibration.ece) AS ece,
    any(precision.pr_auc) AS pr_auc,
    sumIf(claims, NOT paid) / nullIf(sum(claims), 0) AS denial_rate
FROM labelled
LEFT JOIN (SELECT key, sum(gap) / nullIf(sum(size), 0) AS ece FROM bins GROUP BY key) AS calibration USING key
LEFT JOIN (
    SELECT key, sum(denied * denied_so_far / seen) / nullIf(sum(denied), 0) AS pr_auc FROM ranked GROUP BY key
) AS precision USING key
GROUP BY key
ORDER BY key
