-- title: Clean claim rate (edit level)
-- definition: Lineages that passed all edits of the first screening, with no finding of severity error or warning and
--   no manual touch before it.
-- numerator: lineages whose first attempt was clean
-- denominator: lineages screened
-- basis: day of the first screening
-- source: HFMA MAP Keys CL-1; other clean claim rates exist at clearinghouse and payer level
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
  AND kpi = 'clean_claim_rate'
  AND basis = 'screened'
  AND day BETWEEN {from:Date} AND {to:Date}
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
