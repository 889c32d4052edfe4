-- title: Net collection rate
-- definition: What was collected of what could be collected: payments net of reversals and takebacks, over charges
--   less contractual adjustments. Often confused with the gross rate. Cohorts younger than 120 days are hidden.
-- numerator: payments less reversals and assigned takebacks
-- denominator: gross charges less contractual adjustments
-- basis: service date, mature after 120 days
-- source: MGMA adjusted fee-for-service collection percentage
-- unit: cents
-- by: total, payer, claim_type, specialty, day, week, month
-- reads: kpi_daily
-- mature_days: 120
SELECT
    toString({by:Identifier}) AS key,
    sum(k.numerator_cents) AS numerator,
    sum(k.denominator_cents) AS denominator,
    sum(k.numerator_cents) / nullIf(sum(k.denominator_cents), 0) AS value
FROM kpi_totals AS k
WHERE tenant_id = {tenant:String}
  AND split = {split:String}
  AND kpi = 'net_collection_rate'
  AND basis = 'service'
  AND day BETWEEN {from:Date} AND least({to:Date}, {as_of:Date} - 120)
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
