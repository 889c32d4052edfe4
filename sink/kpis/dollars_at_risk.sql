-- title: Dollars at risk now
-- definition: Probability of denial times expected allowed amount, of lineages that are screened and not released:
--   what a correction can still save.
-- numerator: (1 - approval probability) * expected allowed
-- denominator: none
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
