-- title: SLA compliance
-- definition: Work items finished by the time they were due, among all items due in the period. Items still open
--   after their time are in the denominator: leaving them out would flatter.
-- numerator: items finished by their due time
-- denominator: items due
-- basis: day the item was due
-- source: service level of billing operations
-- unit: share
-- by: total, payer, claim_type, queue, day, week, month
-- reads: kpi_daily
SELECT
    toString({by:Identifier}) AS key,
    sum(k.numerator) AS numerator,
    sum(k.denominator) AS denominator,
    sum(k.numerator) / nullIf(sum(k.denominator), 0) AS value
FROM kpi_totals AS k
WHERE tenant_id = {tenant:String}
  AND split = {split:String}
  AND kpi = 'sla_compliance'
  AND basis = 'due'
  AND day BETWEEN {from:Date} AND least({to:Date}, {as_of:Date})
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
