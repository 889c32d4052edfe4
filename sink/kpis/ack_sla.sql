-- title: Acknowledgement SLA
-- definition: Attempts acknowledged in time among those that were due; what is not yet due is left out. Any
--   277CA acknowledges; none is due after a 999 that rejects. 999 and 277CA count apart (detail).
-- numerator: acknowledgements that came in time
-- denominator: acknowledgements due
-- basis: day the acknowledgement was due
-- source: CAQH CORE for the 999; hours of the 277CA are set by the site
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
  AND kpi = 'ack_sla'
  AND basis = 'due'
  AND day BETWEEN {from:Date} AND least({to:Date}, {as_of:Date})
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
