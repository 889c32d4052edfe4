-- title: First-pass resolution rate
-- definition: Lineages paid or moved to patient responsibility by the first adjudication of attempt 1. A deductible
--   is a resolution, not a denial.
-- numerator: lineages resolved on the first pass
-- denominator: lineages first adjudicated in the period
-- basis: day of the first adjudication (BPR16)
-- source: usual definition per adjudicated claim; first_pass_resolution_submitted divides by submitted
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
  AND kpi = 'first_pass_resolution_rate'
  AND basis = 'first_adjudication'
  AND day BETWEEN {from:Date} AND {to:Date}
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
