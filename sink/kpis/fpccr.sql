-- title: First-pass clean claim rate (FPCCR)
-- definition: On attempt 1: 999 not rejected, no front-end rejection (277CA A3, A6, A7, A8), first adjudication not
--   denied. Young cohorts are hidden until they are 45 days old.
-- numerator: lineages clean on the first pass
-- denominator: lineages with a first adjudication or a front-end rejection
-- basis: day of submission, mature after 45 days
-- source: composite of the usual definitions; published here because they differ
-- unit: share
-- by: total, payer, claim_type, specialty, day, week, month
-- reads: kpi_daily
-- mature_days: 45
SELECT
    toString({by:Identifier}) AS key,
    sum(k.numerator) AS numerator,
    sum(k.denominator) AS denominator,
    sum(k.numerator) / nullIf(sum(k.denominator), 0) AS value
FROM kpi_totals AS k
WHERE tenant_id = {tenant:String}
  AND split = {split:String}
  AND kpi = 'fpccr'
  AND basis = 'submitted'
  AND day BETWEEN {from:Date} AND least({to:Date}, {as_of:Date} - 45)
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
