-- title: Underpayment variance
-- definition: What payers allowed less than expected beyond both floors (dollars and percent), of the lines that have
--   an expected amount. Denied and recoded lines and reversals are left out. Read underpayment_coverage beside it.
-- numerator: expected less allowed of underpaid lines
-- denominator: expected amount of the lines that can be compared
-- basis: day of the remittance (BPR16)
-- source: usual definition
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
  AND kpi = 'underpayment_variance'
  AND basis = 'remit'
  AND day BETWEEN {from:Date} AND {to:Date}
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
