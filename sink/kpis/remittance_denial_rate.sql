-- title: Remittance denial rate
-- definition: Adjudications that denied the whole claim, those whose claim is not known included.
-- numerator: claim payments that deny
-- denominator: claim payments, reversals left out
-- basis: day of the remittance (BPR16)
-- source: HFMA MAP Keys AR-5 by name
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
  AND kpi = 'remittance_denial_rate'
  AND basis = 'remit'
  AND day BETWEEN {from:Date} AND {to:Date}
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
