-- title: Gross collection rate (pay rate)
-- definition: Payments over gross charges: depends on the price list, so compare it with itself only. Cohorts younger
--   than 120 days are hidden.
-- numerator: payments less reversals and assigned takebacks
-- denominator: gross charges
-- basis: service date, mature after 120 days
-- source: MGMA gross fee-for-service collection percentage
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
  AND kpi = 'gross_collection_rate'
  AND basis = 'service'
  AND day BETWEEN {from:Date} AND least({to:Date}, {as_of:Date} - 120)
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
