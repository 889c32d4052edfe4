-- title: Overdue work
-- question: Which items of the workqueues were due by the last day and are not finished?
-- reads: work_items
SELECT
    queue,
    item_id,
    payer_id,
    owner,
    opened_at,
    due_at,
    recoverable_cents,
    amount_cents
FROM work_items
WHERE tenant_id = {tenant:String} AND isNull(finished_at) AND toDate(due_at) BETWEEN {from:Date} AND {to:Date}
ORDER BY due_at, queue, item_id
LIMIT {limit:UInt32}
