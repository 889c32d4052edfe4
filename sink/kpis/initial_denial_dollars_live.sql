-- title: Initial denial rate in dollars, live
-- definition: As initial_denial_rate_live, in gross charges.
-- numerator: gross charges of lineages denied by their first adjudication
-- denominator: gross charges of lineages first adjudicated in the period
-- basis: day of the first adjudication (BPR16)
-- source: live variant of the initial denial rate
-- unit: cents
-- by: total, payer, claim_type, specialty, day, week, month
-- reads: kpi_daily
SELECT
    toString({by:Identifier}) AS key,
    sum(k.numerator_cents) AS numerator,
    sum(k.denominator_cents) AS denominator,
    sum(k.numerator_cents) / nullIf(sum(k.denominator_cents), 0) AS value
FROM kpi_totals AS k
WHERE tenant_id = {tenant:String}
  AND split = {split:String}
  AND kpi = 'initial_denial_rate_live'
  AND basis = 'first_adjudication'
  AND day BETWEEN {from:Date} AND {to:Date}
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
