-- title: First-pass clean claim rate, live
-- definition: As fpccr, by the day of the first event that decides, without waiting for the cohort.
-- numerator: lineages clean on the first pass
-- denominator: lineages with a first adjudication or a front-end rejection
-- basis: day of the first adjudication or front-end rejection, whichever came first
-- source: composite of the usual definitions
-- unit: share
-- by: total, payer, claim_type, specialty, day, week, month
-- reads: kpi_daily
SELECT
    toString({by:Identifier}) AS key,
    sum(k.numerator) AS numerator,
    sum(k.denominator) AS denominator,
    sum(k.numerator) / nullIf(sum(k.denominator), 0) AS value
FROM kpi_totals AS k
WHERE tenant_id = {tenant:String}
  AND split = {split:String}
  AND kpi = 'fpccr_live'
  AND basis = 'first_event'
  AND day BETWEEN {from:Date} AND {to:Date}
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
