-- title: Label coverage
-- definition: Submitted lineages whose first adjudication is known: how much of the truth the prediction quality
--   rests on.
-- numerator: lineages with a first adjudication
-- denominator: lineages submitted
-- basis: day of submission
-- source: belongs to the prediction quality
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
  AND kpi = 'label_coverage'
  AND basis = 'submitted'
  AND day BETWEEN {from:Date} AND {to:Date}
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
