-- title: Initial denial rate, dollars
-- definition: Gross charges of initially denied lineages against the gross charges submitted a month, as the mean of
--   the three months before. Ask for whole months.
-- numerator: gross charges of lineages first adjudicated and denied in the month
-- denominator: mean monthly gross charges submitted in the three months before
-- basis: month of the remittance (BPR16)
-- source: HFMA Claim Integrity Task Force
-- unit: cents
-- by: total, payer, claim_type, specialty, month
-- reads: kpi_daily
WITH arrayMap(
    n -> toStartOfMonth({from:Date}) + INTERVAL n MONTH,
    range(toUInt32(dateDiff('month', {from:Date}, {to:Date}) + 1))
) AS months
SELECT
    toString({by:Identifier}) AS key,
    sum(k.denied) AS numerator,
    sum(k.submitted) / 3 AS denominator,
    3 * sum(k.denied) / nullIf(sum(k.submitted), 0) AS value
FROM (
    SELECT total, payer_id, claim_type, provider_specialty, month, numerator_cents AS denied, 0 AS submitted
    FROM kpi_totals
    WHERE tenant_id = {tenant:String} AND split = {split:String} AND kpi = 'initial_denial_rate' AND basis = 'remit'
      AND day BETWEEN {from:Date} AND {to:Date} AND known_on <= {as_of:Date}
    UNION ALL
    SELECT total, payer_id, claim_type, provider_specialty, reporting_month AS month, 0 AS denied, denominator_cents AS submitted
    FROM (
        SELECT total, payer_id, claim_type, provider_specialty, day, denominator_cents
        FROM kpi_totals
        WHERE tenant_id = {tenant:String} AND split = {split:String} AND kpi = 'initial_denial_rate' AND basis = 'submitted'
          AND known_on <= {as_of:Date}
    )
    ARRAY JOIN months AS reporting_month
    WHERE day >= reporting_month - INTERVAL 3 MONTH AND day < reporting_month
) AS k
GROUP BY key
ORDER BY key
