-- Alerts, and what happens in the workqueues.
CREATE TABLE alerts
(
    event_id String COMMENT 'Unique id of this event; a replay of the same input carries the same id [text; phi token; alerts]',
    tenant_id LowCardinality(String) COMMENT 'Customer the event belongs to [text; phi none; alerts]',
    source LowCardinality(String) COMMENT 'Process that made the event: correlation [text; phi none; alerts]',
    _hash String COMMENT 'Lineage: SHA-256 (hex) of the raw bytes of the event that caused this one [text; phi token; alerts]',
    alert_id String COMMENT 'The matter: opening and resolution of one matter carry the same alert_id [text; phi token; alerts]',
    kind LowCardinality(String) COMMENT 'missing_999, missing_277ca, missing_835, orphan_remit, orphan_ack, denial_spike, reject_spike, payer_lag_drift, underpayment_pattern, new_denial_pattern, unmapped_code or unassigned_takeback [text; phi none; alerts]',
    state LowCardinality(String) COMMENT 'opened, updated or resolved [text; phi none; alerts]',
    revision Int32 COMMENT '1 for the opening, one more for each later statement about the same matter [number; phi none; alerts]',
    severity LowCardinality(String) COMMENT 'info, warning or critical [text; phi none; alerts]',
    title String COMMENT 'The matter in plain words; identifies nobody [text; phi none; alerts]',
    payer_id LowCardinality(Nullable(String)) COMMENT 'Payer it is about [text; phi none; alerts]',
    provider_npi LowCardinality(Nullable(String)) COMMENT 'Provider it is about [text; phi none; alerts]',
    root_cause_group LowCardinality(Nullable(String)) COMMENT 'Root-cause group it is about [text; phi none; alerts]',
    procedure_code LowCardinality(Nullable(String)) COMMENT 'Procedure it is about [text; phi quasi-identifier; alerts]',
    modifier LowCardinality(Nullable(String)) COMMENT 'Modifier it is about [text; phi quasi-identifier; alerts]',
    clearinghouse_id LowCardinality(Nullable(String)) COMMENT 'Clearinghouse it is about [text; phi none; alerts]',
    lineage_id Nullable(String) COMMENT 'Lineage it is about; null for one about many [text; phi token; alerts]',
    claim_id Nullable(String) COMMENT 'Claim it is about; null for one about many [text; phi token; alerts]',
    due_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When the missing answer was due [UTC instant; phi none; alerts]',
    opened_at DateTime64(6, 'UTC') COMMENT 'When the matter became true, in event time [UTC instant; phi none; alerts]' CODEC(Delta, ZSTD(1)),
    resolved_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When it ended [UTC instant; phi none; alerts]',
    claims Int32 COMMENT 'Claims concerned, as far as counted [number; phi none; alerts]',
    amount_cents Nullable(Int64) COMMENT 'Money concerned: expected allowed of open claims, or the variance [cents; phi none; alerts]',
    evidence Array(Tuple(name String, value String)) COMMENT 'What the alert rests on [list; phi none; alerts]',
    lineage_ids Array(String) COMMENT 'Some of the lineages concerned, at most ten [list; phi token; alerts]',
    kafka_partition Int32 COMMENT 'Partition of the topic [number; phi none; alerts]',
    kafka_offset Int64 COMMENT 'Offset in that partition [number; phi none; alerts]',
    version UInt64 COMMENT 'Order of events of one key: Kafka timestamp in ms * 2^20 + low 20 bits of the offset [number; phi none; alerts]',
    ingested_at DateTime64(6, 'UTC') COMMENT 'Kafka timestamp of the event [UTC instant; phi none; alerts]' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant_id, alert_id, revision, event_id)
TTL toDateTime(ingested_at) + INTERVAL 3 YEAR
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'ZSTD(1)'
COMMENT 'Grain: one row for each statement about an alert; the greatest revision of an alert_id holds. Read with FINAL.';

CREATE TABLE workqueue_events
(
    tenant_id LowCardinality(String) COMMENT 'Customer the item belongs to [text; phi none; workqueue topics]',
    queue LowCardinality(String) COMMENT 'Name of the queue, without the prefix of its topic [text; phi none; workqueue topics]',
    item_id String COMMENT 'Lineage of the item; for a queue before submission, its claim id [text; phi none; workqueue topics]',
    event_id String COMMENT 'Id of the event; for the end of an item topic/partition/offset of the tombstone [text; phi token; workqueue topics]',
    kind LowCardinality(String) COMMENT 'stated: the item is in the queue, with these values; ended: it left; action: a person acted [text; phi none; workqueue topics]',
    source LowCardinality(String) COMMENT 'Process or place that made the event [text; phi none; workqueue topics]',
    _hash String COMMENT 'Lineage: SHA-256 (hex) of the raw bytes of the event that caused this one; empty for ended [text; phi token; workqueue topics]',
    kafka_topic LowCardinality(String) COMMENT 'Topic the event was read from [text; phi none; workqueue topics]',
    kafka_partition Int32 COMMENT 'Partition of the topic [number; phi none; workqueue topics]',
    kafka_offset Int64 COMMENT 'Offset in that partition [number; phi none; workqueue topics]',
    version UInt64 COMMENT 'Order of events of one key: Kafka timestamp in ms * 2^20 + low 20 bits of the offset [number; phi none; workqueue topics]',
    ingested_at DateTime64(6, 'UTC') COMMENT 'Kafka timestamp of the event [UTC instant; phi none; workqueue topics]' CODEC(Delta, ZSTD(1)),
    occurred_at DateTime64(6, 'UTC') COMMENT 'When it happened: opening, action, or Kafka timestamp of the tombstone [UTC instant; phi none; workqueue topics]' CODEC(Delta, ZSTD(1)),
    claim_id Nullable(String) COMMENT 'Claim id of the latest attempt [text; phi token; workqueue topics]',
    payer_id LowCardinality(Nullable(String)) COMMENT 'Payer [text; phi none; workqueue topics]',
    billing_npi LowCardinality(Nullable(String)) COMMENT 'Billing provider [text; phi none; workqueue topics]',
    claim_type LowCardinality(Nullable(String)) COMMENT 'professional, institutional or dental [text; phi none; workqueue topics]',
    status LowCardinality(Nullable(String)) COMMENT 'Of stated: open, claimed, snoozed, done or left [text; phi none; workqueue topics]',
    owner LowCardinality(Nullable(String)) COMMENT 'Of stated: who has claimed it [text; phi staff; workqueue topics]',
    priority Nullable(Float64) COMMENT 'Of stated: expected cents gained per minute of work, plus aging [number; phi none; workqueue topics]',
    carc LowCardinality(Nullable(String)) COMMENT 'Of stated: primary denial reason [text; phi none; workqueue topics]',
    root_cause_group LowCardinality(Nullable(String)) COMMENT 'Of stated: its group [text; phi none; workqueue topics]',
    recoverable_cents Nullable(Int64) COMMENT 'Of stated: expected allowed less payments and patient part [cents; phi none; workqueue topics]',
    success_probability Nullable(Float64) COMMENT 'Of stated: chance to recover before the deadline [0 to 1; phi none; workqueue topics]',
    amount_cents Nullable(Int64) COMMENT 'Of stated: denied, underpaid, taken back, unassigned or credit amount; billed charge before submission [cents; phi none; workqueue topics]',
    opened_at Nullable(DateTime64(6, 'UTC')) COMMENT 'Of stated: when the item came into the queue [UTC instant; phi none; workqueue topics]',
    due_at Nullable(DateTime64(6, 'UTC')) COMMENT 'Of stated: when it should be done [UTC instant; phi none; workqueue topics]',
    finished_at Nullable(DateTime64(6, 'UTC')) COMMENT 'Of stated: when it was done or left [UTC instant; phi none; workqueue topics]',
    deadline_on Nullable(Date32) COMMENT 'Of stated: last day on which the work can succeed [date; phi none; workqueue topics]',
    revision Int32 COMMENT 'Of stated: number of the statement about the item, from 1; 0 otherwise [number; phi none; workqueue topics]',
    action LowCardinality(Nullable(String)) COMMENT 'Of action: claim, release, snooze, done or undo [text; phi none; workqueue topics]',
    actor LowCardinality(Nullable(String)) COMMENT 'Of action: who did it (staff id) [text; phi staff; workqueue topics]',
    outcome LowCardinality(Nullable(String)) COMMENT 'Of action done: corrected, appealed, released, posted, refunded, assigned, written_off, reviewed or no_action [text; phi none; workqueue topics]',
    written_off_cents Nullable(Int64) COMMENT 'Of outcome written_off: how much; NULL for all that is denied [cents; phi none; workqueue topics]',
    undoes_event_id Nullable(String) COMMENT 'Of undo: event_id of the action taken back [text; phi token; workqueue topics]'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant_id, queue, item_id, occurred_at, event_id)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'ZSTD(1)'
COMMENT 'Grain: one row for each statement about an item, its end, and each action of a person. Read with FINAL.';
