-- title: Gross days in A/R
-- definition: Days of charges that lie open: open balance of submitted lineages at the end of the last day, over the
--   average daily gross charges submitted in the 90 days up to it.
-- numerator: open balance at the end of the last day
-- denominator: gross charges submitted in the 90 days up to the last day, divided by 90
-- basis: snapshot at the end of the last day; the first day is not used
-- source: HFMA MAP Keys; gross, because net days need the general ledger
-- unit: days
-- by: total, payer
-- reads: kpi_ar_daily, kpi_daily
WITH least({to:Date}, {as_of:Date}) AS snapshot
SELECT
    toString({by:Identifier}) AS key,
    sum(k.balance) AS numerator,
    sum(k.charges) / 90 AS denominator,
    90 * sum(k.balance) / nullIf(sum(k.charges), 0) AS value
FROM (
    SELECT '' AS total, payer_id, balance_cents AS balance, 0 AS charges
    FROM kpi_ar_daily
    WHERE tenant_id = {tenant:String} AND known_on <= snapshot
    UNION ALL
    SELECT '' AS total, split_key AS payer_id, 0 AS balance, denominator_cents AS charges
    FROM kpi_daily
    WHERE tenant_id = {tenant:String} AND split = 'payer' AND kpi = 'days_in_ar' AND basis = 'submitted'
      AND day > snapshot - 90 AND day <= snapshot AND known_on <= snapshot
) AS k
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
