-- title: Denial overturn rate, dollars
-- definition: Money recovered of initial denials (final allowed less allowed at the first denial), among what was
--   recovered or written off.
-- numerator: recovered amount
-- denominator: recovered and written-off amount
-- basis: day of resolution
-- source: HFMA Claim Integrity Task Force
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
  AND kpi = 'denial_overturn_rate'
  AND basis = 'resolved'
  AND day BETWEEN {from:Date} AND {to:Date}
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
