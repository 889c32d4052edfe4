-- title: Work RVU per provider
-- definition: Work relative value units of the latest attempt of each lineage that is not void, credited by modifier
--   (table work_rvu_credit: 26 in full, TC none, 50 one and a half, 51 half, assistants a share; a client may change
--   it). No geographic adjustment. Bills of secondary payers repeat the work and
--   are left out.
-- numerator: credited work RVU
-- denominator: none
-- basis: first service date
-- source: MGMA productivity; credit rules are client policy
-- unit: RVU
-- by: total, provider, specialty, payer, claim_type, day, week, month
-- reads: provider_work_daily, work_rvu_credit
WITH
    rules AS (
        SELECT modifier, argMax(credit_e4, length(tenant_id)) AS credit_e4
        FROM work_rvu_credit FINAL
        WHERE tenant_id IN ('', {tenant:String})
        GROUP BY modifier
    ),
    credits AS (
        SELECT groupArray(modifier) AS modifiers, groupArray(credit_e4 / 10000) AS shares FROM rules
    )
SELECT
    key,
    sum(rvu_work_e5 * arrayProduct(arrayMap(
        m -> transform(m, (SELECT modifiers FROM credits), (SELECT shares FROM credits), 1.0),
        splitByChar(',', modifiers) -- of a line without modifiers: one that no rule has
    ))) / 100000 AS numerator,
    sum(lineages) AS denominator,
    numerator AS value
FROM (
    SELECT toString({by:Identifier}) AS key, modifiers, sum(k.rvu_work_e5) AS rvu_work_e5, sum(k.lineages) AS lineages
    FROM (
        SELECT
            '' AS total, split_key AS rendering_npi, split_key AS provider_specialty, split_key AS payer_id,
            split_key AS claim_type, service_on AS day, toMonday(day) AS week, toStartOfMonth(day) AS month,
            modifiers, rvu_work_e5, lineages
        FROM provider_work_daily
        WHERE tenant_id = {tenant:String} AND split = {split:String} AND service_on BETWEEN {from:Date} AND {to:Date}
    ) AS k
    GROUP BY key, modifiers
)
GROUP BY key
HAVING denominator != 0
ORDER BY value DESC, key
