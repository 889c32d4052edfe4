-- title: 999 rejection rate
-- definition: Transaction sets that were rejected; a set acknowledged twice counts with its later verdict.
-- numerator: transaction sets rejected
-- denominator: transaction sets acknowledged
-- basis: day of receipt of the 999
-- source: usual definition
-- unit: share
-- by: total, day, week, month
-- reads: kpi_daily
SELECT
    toString({by:Identifier}) AS key,
    sum(k.numerator) AS numerator,
    sum(k.denominator) AS denominator,
    sum(k.numerator) / nullIf(sum(k.denominator), 0) AS value
FROM kpi_totals AS k
WHERE tenant_id = {tenant:String}
  AND split = {split:String}
  AND kpi = 'rejection_rate_999'
  AND basis = 'ack'
  AND day BETWEEN {from:Date} AND {to:Date}
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
