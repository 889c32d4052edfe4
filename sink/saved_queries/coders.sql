-- title: Work of coders
-- question: How many claims does each coder bring through, how many without an error, and in how much time?
-- reads: claims_header
SELECT
    coder_id,
    count() AS claims,
    countIf(disposition = 'ready') AS ready,
    ready / nullIf(claims, 0) AS ready_share,
    sum(error_count) AS errors,
    sum(h.processing_minutes) AS minutes,
    60 * countIf(isNotNull(h.processing_minutes)) / nullIf(minutes, 0) AS claims_an_hour
FROM claims_header AS h FINAL
WHERE tenant_id = {tenant:String} AND toDate(submitted_at) BETWEEN {from:Date} AND {to:Date}
GROUP BY coder_id
ORDER BY claims DESC, coder_id
LIMIT {limit:UInt32}
