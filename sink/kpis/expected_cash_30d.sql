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
    answered AS (
        SELECT split_key AS payer_id, toInt32(greatest(lag, 0)) AS age, sum(claims) AS answers
        FROM kpi_lag_daily
        WHERE tenant_id = {tenant:String} AND split = 'payer' AND kpi = 'payer_lag' AND known_on <= {as_of:Date}
          AND day > {as_of:Date} - 365 AND day <= {as_of:Date}
        GROUP BY payer_id, age
    ),
    unanswered AS (
        SELECT payer_id, toInt32(greatest({as_of:Date} - submitted_on, 0)) AS age, sum(lineages) AS waiting,
            sum(expected_cents) AS expected, sum(expected_cents_squared) AS squared
        FROM kpi_open_daily
        WHERE tenant_id = {tenant:String} AND known_on <= {as_of:Date} AND submitted_on <= {as_of:Date}
        GROUP BY payer_id, age
        HAVING waiting > 0
    ),
    ages AS (
        SELECT payer_id, age, sum(answers) AS answers, sum(leaving) AS leaving
        FROM (
            SELECT payer_id, age, answers, answers AS leaving FROM answered
            UNION ALL
            SELECT payer_id, age, 0 AS answers, waiting AS leaving FROM unanswered
        )
        GROUP BY payer_id, age
    ),
    steps AS (
        SELECT payer_id, age, answers,
            sum(leaving) OVER (PARTITION BY payer_id ORDER BY age DESC) AS at_risk
        FROM ages
    ),
    curve AS (
        SELECT payer_id, arraySort(x -> x.1, groupArray((age, answers / at_risk))) AS hazards
        FROM steps
        WHERE at_risk > 0 AND answers > 0
        GROUP BY payer_id
    ),
    chances AS (
        SELECT
            '' AS total, u.payer_id AS payer_id, u.waiting AS waiting, toFloat64(u.expected) AS expected,
            toFloat64(u.squared) AS squared,
            1 - arrayProduct(arrayConcat([1.0], arrayMap( -- the product of nothing would be 0
                h -> 1 - h.2, arrayFilter(h -> h.1 > u.age AND h.1 <= u.age + 30, c.hazards)
            ))) AS chance
        FROM unanswered AS u
        LEFT JOIN curve AS c ON c.payer_id = u.payer_id
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
