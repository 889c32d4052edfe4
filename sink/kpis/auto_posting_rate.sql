-- title: Auto-posting rate
-- definition: Claim payments received electronically that post without a person: balanced, matched, without
--   exception. Payments that hold provider adjustments alone have no claim payment and are not counted.
-- numerator: claim payments posted by themselves
-- denominator: claim payments received
-- basis: day of receipt of the 835
-- source: usual definition
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
  AND kpi = 'auto_posting_rate'
  AND basis = 'received'
  AND day BETWEEN {from:Date} AND {to:Date}
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
