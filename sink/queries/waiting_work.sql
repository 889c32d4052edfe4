-- Items of the workqueues that nobody has finished, by queue. Basis: day the item was opened.
SELECT
    queue,
    count() AS items,
    sum(w.amount_cents) AS amount_cents,
    sum(w.recoverable_cents) AS recoverable_cents
FROM work_items AS w
WHERE tenant_id = {tenant:String} AND isNull(finished_at) AND toDate(opened_at) BETWEEN {first_day:Date} AND {last_day:Date}
GROUP BY queue
ORDER BY recoverable_cents DESC, items DESC, queue
LIMIT {limit:UInt32}
