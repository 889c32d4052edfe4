-- Rows of workqueue_events: each denial is stated, claimed, and in three of four cases done.
INSERT INTO workqueue_events (tenant_id, queue, item_id, occurred_at, event_id, kind, revision, source, _hash, claim_id,
    payer_id, claim_type, status, owner, priority, recoverable_cents, amount_cents, opened_at, due_at, finished_at,
    kafka_topic, kafka_offset, version, ingested_at)
SELECT 'bench', concat('denial.', ['coding', 'eligibility', 'authorization'][1 + lag % 3]), lineage,
    if(step = 3, finished, opened), hex(sipHash64(n, 40, step)), 'stated', step, 'bench', hash, claim, payer, kind,
    ['open', 'claimed', 'done'][step], if(step = 1, NULL, 'coder'), 1.0, expected, charge, opened,
    opened + toIntervalHour(168), if(step = 3, finished, NULL), 'bench', n, n, opened
FROM (
    SELECT *, toDateTime64(paid_on, 6, 'UTC') AS opened, opened + toIntervalHour(lag * 5) AS finished
    FROM (/* claims */)
    WHERE answered AND denied
)
ARRAY JOIN if(lag % 4 = 0, [1, 2], [1, 2, 3]) AS step
