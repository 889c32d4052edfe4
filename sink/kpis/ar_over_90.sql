-- title: A/R over 90 days
-- definition: Share of the open balance of submitted lineages whose last service date lies more than 90 days back.
-- numerator: open balance older than 90 days
-- denominator: open balance
-- basis: snapshot at the end of the last day; age from the last service date
-- source: HFMA MAP Keys, family AR-1
-- unit: cents
-- by: total, payer
-- reads: kpi_ar_daily
WITH least({to:Date}, {as_of:Date}) AS snapshot
SELECT
    toString({by:Identifier}) AS key,
    sumIf(k.balance_cents, k.service_on < snapshot - 90) AS numerator,
    sum(k.balance_cents) AS denominator,
    sumIf(k.balance_cents, k.service_on < snapshot - 90) / nullIf(sum(k.balance_cents), 0) AS value
FROM (
    SELECT '' AS total, payer_id, service_on, balance_cents
    FROM kpi_ar_daily
    WHERE tenant_id = {tenant:String} AND known_on <= snapshot
) AS k
GROUP BY key
HAVING numerator != 0 OR denominator != 0
ORDER BY key
