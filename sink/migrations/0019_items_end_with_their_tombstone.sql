-- Items before submission end with a tombstone alone: their stay ends where it arrived.
DROP VIEW IF EXISTS work_items;

CREATE VIEW work_items AS
SELECT
    s.tenant_id AS tenant_id,
    s.queue AS queue,
    s.item_id AS item_id,
    s.opened_at AS opened_at,
    s.due_at AS due_at,
    coalesce(s.finished_at, e.ended_at) AS finished_at,
    s.payer_id AS payer_id,
    s.claim_type AS claim_type,
    s.owner AS owner,
    s.amount_cents AS amount_cents,
    s.recoverable_cents AS recoverable_cents,
    s.root_cause_group AS root_cause_group,
    if(isNull(s.finished_at) AND isNotNull(e.ended_at), 'left', s.status) AS status
FROM (
    SELECT
        tenant_id,
        queue,
        item_id,
        assumeNotNull(workqueue_events.opened_at) AS opened_at,
        argMax(tuple(workqueue_events.due_at), revision).1 AS due_at,
        argMax(tuple(workqueue_events.finished_at), revision).1 AS finished_at,
        argMax(tuple(workqueue_events.payer_id), revision).1 AS payer_id,
        argMax(tuple(workqueue_events.claim_type), revision).1 AS claim_type,
        argMax(tuple(workqueue_events.owner), revision).1 AS owner,
        argMax(tuple(workqueue_events.amount_cents), revision).1 AS amount_cents,
        argMax(tuple(workqueue_events.recoverable_cents), revision).1 AS recoverable_cents,
        argMax(tuple(workqueue_events.root_cause_group), revision).1 AS root_cause_group,
        argMax(tuple(workqueue_events.status), revision).1 AS status
    FROM workqueue_events FINAL
    WHERE kind = 'stated' AND isNotNull(workqueue_events.opened_at)
    GROUP BY tenant_id, queue, item_id, opened_at
) AS s
ASOF LEFT JOIN (
    SELECT tenant_id, queue, item_id, occurred_at, toNullable(occurred_at) AS ended_at
    FROM workqueue_events FINAL
    WHERE kind = 'ended'
) AS e ON s.tenant_id = e.tenant_id AND s.queue = e.queue AND s.item_id = e.item_id AND e.occurred_at >= s.opened_at
COMMENT 'Grain: one row for each stay of an item in a queue: opened, due, finished (NULL while open).';
