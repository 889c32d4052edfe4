-- title: Touches per closed claim
-- definition: Manual touches of closed lineages.
-- numerator: touches
-- denominator: closed lineages
-- basis: day of closing
-- source: belongs to the touchless rate
-- unit: number
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
  AND kpi = 'touches_per_claim'
  AND basis = 'closed'
  AND day BETWEEN {from:Date} AND {to:Date}
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
