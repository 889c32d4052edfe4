-- Rows of claim_event_work: each denial is due after a week, and in three of four cases done, in time or late.
INSERT INTO claim_event_relay (tenant_id, event_type, subject_id, revision, sign, event_id, claim_id, lineage_id,
    source, _hash, kafka_log, kafka_topic, kafka_offset, ingested_at, as_of, payer_id, claim_type, queue, due_on, in_time,
    item_revision, claims_delta)
SELECT 'bench', 'work_item', concat(queue, '|', lineage, '|', toString(opened)), said.1, said.2,
    hex(sipHash64(n, 40, said.1)), claim, lineage, 'bench', hash, 'log', 'bench', n, opened, if(said.3, finished, opened),
    payer, kind, queue, toDate32(due), said.1 = 2 AND finished <= due, said.1, said.2
FROM (
    SELECT *, concat('denial.', ['coding', 'eligibility', 'authorization'][1 + lag % 3]) AS queue,
        toDateTime64(paid_on, 6, 'UTC') AS opened, opened + toIntervalHour(168) AS due,
        opened + toIntervalHour(lag * 5) AS finished
    FROM (/* claims */)
    WHERE answered AND denied
)
ARRAY JOIN if(lag % 4 = 0, [(1, 1, false)], [(1, 1, false), (1, -1, true), (2, 1, true)]) AS said
