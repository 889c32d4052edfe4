-- title: Underpayment coverage
-- definition: Share of the paid lines that have an expected amount to compare with; lines of reversals are not paid.
-- numerator: lines that can be compared
-- denominator: lines not denied
-- basis: day of the remittance (BPR16)
-- source: belongs to the underpayment variance
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
  AND kpi = 'underpayment_coverage'
  AND basis = 'remit'
  AND day BETWEEN {from:Date} AND {to:Date}
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
