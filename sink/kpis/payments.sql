-- title: Payments
-- definition: Payments less reversals, as stated by the remittances; the cash line beside the rates.
-- numerator: paid amount
-- denominator: none
-- basis: day of the remittance (BPR16)
-- source: sum of CLP04
-- unit: cents
-- by: total, payer, claim_type, specialty, day, week, month
-- reads: kpi_daily
SELECT
    toString({by:Identifier}) AS key,
    sum(k.numerator_cents) AS numerator,
    sum(k.denominator_cents) AS denominator,
    sum(k.numerator_cents) AS value
FROM kpi_totals AS k
WHERE tenant_id = {tenant:String}
  AND split = {split:String}
  AND kpi = 'payments'
  AND basis = 'remit'
  AND day BETWEEN {from:Date} AND {to:Date}
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
