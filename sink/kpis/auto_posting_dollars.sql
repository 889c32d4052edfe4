-- title: Auto-posting rate, dollars
-- definition: As auto_posting_rate, in the amounts the payments move, reversals without their sign.
-- numerator: amount posted by itself
-- denominator: amount received
-- basis: day of receipt of the 835
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
  AND kpi = 'auto_posting_rate'
  AND basis = 'received'
  AND day BETWEEN {from:Date} AND {to:Date}
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
