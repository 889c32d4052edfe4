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
-- reads: provider_work_rvu
SELECT
    toString({by:Identifier}) AS key,
    sum(k.credited_rvu_work_e5) / 100000 AS numerator,
    count() AS denominator,
    sum(k.credited_rvu_work_e5) / 100000 AS value
FROM (
    SELECT
        '' AS total, rendering_npi, provider_specialty, payer_id, claim_type, service_on AS day,
        toMonday(day) AS week, toStartOfMonth(day) AS month, credited_rvu_work_e5
    FROM provider_work_rvu
    WHERE tenant_id = {tenant:String} AND service_on BETWEEN {from:Date} AND {to:Date}
) AS k
GROUP BY key
ORDER BY value DESC, key
