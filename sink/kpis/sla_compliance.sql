-- title: SLA compliance
-- definition: Work items finished by the time they were due, among all items due in the period. Items still open
--   after their time are in the denominator: leaving them out would flatter.
-- numerator: items finished by their due time
-- denominator: items due
-- basis: day the item was due
-- source: service level of billing operations
-- unit: share
-- by: total, payer, queue, day, week, month
-- reads: work_items
SELECT
    toString({by:Identifier}) AS key,
    countIf(k.finished_at <= k.due_at) AS numerator,
    count() AS denominator,
    countIf(k.finished_at <= k.due_at) / nullIf(count(), 0) AS value
FROM (
    SELECT
        '' AS total, ifNull(payer_id, '') AS payer_id, queue, due_at, finished_at,
        toDate(assumeNotNull(due_at)) AS day, toMonday(day) AS week, toStartOfMonth(day) AS month
    FROM work_items
    WHERE tenant_id = {tenant:String} AND isNotNull(due_at)
      AND toDate(due_at) BETWEEN {from:Date} AND least({to:Date}, {as_of:Date})
) AS k
GROUP BY key
ORDER BY key
