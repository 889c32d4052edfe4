-- title: Denial overturn rate
-- definition: Initial denials that were recovered (a later remittance with positive allowed, paid or patient amount),
--   among those that came to an end.
-- numerator: initial denials recovered
-- denominator: initial denials recovered or written off
-- basis: day of resolution
-- source: HFMA Claim Integrity Task Force
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
  AND kpi = 'denial_overturn_rate'
  AND basis = 'resolved'
  AND day BETWEEN {from:Date} AND {to:Date}
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
