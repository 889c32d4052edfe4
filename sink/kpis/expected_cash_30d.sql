-- title: Expected cash, next 30 days
-- definition: What the unanswered lineages should bring within 30 days of the as-of day: approval probability times
--   expected allowed amount, times the chance that the payer answers within 30 days, given that it has not yet. The
--   chance comes from the payer's own lags of the last 365 days and from what is still open (Kaplan-Meier). low and
--   high are a band of 95 percent for independent claims; the curve's own error is not in it.
-- numerator: expected payments
-- denominator: unanswered lineages
-- basis: now: the end of the as-of day; first and last day are not used
-- source: own definition; survival by Kaplan and Meier 1958
-- unit: cents
-- by: total, payer
-- reads: kpi_open_daily, kpi_lag_daily
WITH
    ages AS ( -- one reading of each rollup; answers of the last year, and what still waits
        SELECT payer_id, toInt32(greatest(days, 0)) AS age, sum(k.answers) AS answers, sum(k.waiting) AS waiting,
            sum(k.expected) AS expected, sum(k.squared) AS squared
        FROM (
            SELECT split_key AS payer_id, lag AS days, claims AS answers, 0 AS waiting, 0 AS expected, 0 AS squared
            FROM kpi_lag_daily
            WHERE tenant_id = {tenant:String} AND split = 'payer' AND kpi = 'payer_lag' AND known_on <= {as_of:Date}
              AND day > {as_of:Date} - 365 AND day <= {as_of:Date}
            UNION ALL
            SELECT payer_id, {as_of:Date} - submitted_on AS days, 0 AS answers, lineages AS waiting,
                expected_cents AS expected, expected_cents_squared AS squared
            FROM kpi_open_daily
            WHERE tenant_id = {tenant:String} AND known_on <= {as_of:Date} AND submitted_on <= {as_of:Date}
        ) AS k
        GROUP BY payer_id, age
        HAVING answers != 0 OR waiting > 0
    ),
    steps AS (
        SELECT *, sum(answers + greatest(waiting, 0)) OVER (PARTITION BY payer_id ORDER BY age DESC) AS at_risk
        FROM ages
    ),
    payers AS (
        SELECT
            payer_id,
            groupArrayIf((age, answers / at_risk), at_risk > 0 AND answers > 0) AS hazards,
            groupArrayIf((age, waiting, toFloat64(expected), toFloat64(squared)), waiting > 0) AS open
        FROM steps
        GROUP BY payer_id
    ),
    chances AS (
        SELECT
            '' AS total, payer_id, u.2 AS waiting, u.3 AS expected, u.4 AS squared,
            1 - arrayProduct(arrayConcat([1.0], arrayMap( -- the product of nothing would be 0
                h -> 1 - h.2, arrayFilter(h -> h.1 > u.1 AND h.1 <= u.1 + 30, hazards)
            ))) AS chance
        FROM payers
        ARRAY JOIN open AS u
    )
SELECT
    toString({by:Identifier}) AS key,
    sum(k.expected * k.chance) AS numerator,
    sum(k.waiting) AS denominator,
    sum(k.expected * k.chance) AS value,
    greatest(0, value - 1.96 * sqrt(sum(k.squared * k.chance * (1 - k.chance)))) AS low,
    value + 1.96 * sqrt(sum(k.squared * k.chance * (1 - k.chance))) AS high
FROM chances AS k
GROUP BY key
ORDER BY key
