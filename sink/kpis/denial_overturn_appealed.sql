-- title: Overturn rate of appealed denials
-- definition: As denial_overturn_rate, of denials that were appealed or corrected.
-- numerator: appealed initial denials recovered
-- denominator: appealed initial denials recovered or written off
-- basis: day of resolution
-- source: second reading of the denial overturn rate
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
  AND kpi = 'denial_overturn_appealed'
  AND basis = 'resolved'
  AND day BETWEEN {from:Date} AND {to:Date}
  AND known_on <= {as_of:Date}
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
