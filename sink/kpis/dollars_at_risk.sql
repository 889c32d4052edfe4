-- title: Dollars at risk now
-- definition: Probability of denial times expected allowed amount, of lineages that are screened and not released:
--   what a correction can still save. The value is the sum, not divided; divide it by the denominator for the share.
-- numerator: (1 - approval probability) * expected allowed
-- denominator: expected allowed of the same lineages; one without an expected amount adds nothing to either
-- basis: now: all lineages known at the end of the as-of day, whatever the first and last day
-- source: own definition
-- unit: cents
-- by: total, payer, claim_type, specialty
-- reads: kpi_daily
SELECT
    toString({by:Identifier}) AS key,
    sum(k.numerator_cents) AS numerator,
    sum(k.denominator_cents) AS denominator,
    sum(k.numerator_cents) AS value
FROM kpi_totals AS k
WHERE tenant_id = {tenant:String}
  AND split = {split:String}
  AND kpi = 'dollars_at_risk'
  AND basis = 'screened'
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
