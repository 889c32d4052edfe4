-- title: First-pass resolution of submitted lineages
-- definition: As first_pass_resolution_rate, divided by what was submitted.
-- numerator: lineages resolved on the first pass
-- denominator: lineages submitted
-- basis: day of submission
-- source: second reading of the first-pass resolution rate
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
  AND kpi = 'first_pass_resolution_submitted'
  AND basis = 'submitted'
  AND day BETWEEN {from:Date} AND {to:Date}
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
