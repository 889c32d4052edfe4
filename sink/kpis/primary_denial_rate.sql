-- title: Primary denial (zero-pay) rate
-- definition: Claim payments of zero among the adjudications of primary payers; ask for the last four weeks.
-- numerator: zero payments of primary payers
-- denominator: claim payments of primary payers, reversals left out
-- basis: day of the remittance (BPR16)
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
  AND kpi = 'primary_denial_rate'
  AND basis = 'remit'
  AND day BETWEEN {from:Date} AND {to:Date}
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
