-- title: 277CA rejection rate
-- definition: Attempts that a clearinghouse or payer rejects (category A3, A6, A7, A8) among attempts with any 277CA.
--   An attempt with several 277CAs counts once.
-- numerator: attempts rejected
-- denominator: attempts with any 277CA
-- basis: day of the 277CA that decided
-- source: usual definition; A3 counts as rejected
-- unit: share
-- by: total, payer, claim_type, specialty, day, week, month, detail
-- reads: kpi_daily
SELECT
    toString({by:Identifier}) AS key,
    sum(k.numerator) AS numerator,
    sum(k.denominator) AS denominator,
    sum(k.numerator) / nullIf(sum(k.denominator), 0) AS value
FROM kpi_totals AS k
WHERE tenant_id = {tenant:String}
  AND split = {split:String}
  AND kpi = 'rejection_rate_277ca'
  AND basis = 'ack'
  AND day BETWEEN {from:Date} AND {to:Date}
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
