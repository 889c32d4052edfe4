-- What the models said about each scored event: probabilities, reasons, explanations, and the features they saw.
CREATE TABLE claim_scores
(
    tenant_id LowCardinality(String) COMMENT 'Customer the claim belongs to [text; phi none; claims.scored]',
    claim_id String COMMENT 'Claim id, unique within the tenant [text; phi token; claims.scored]',
    event_id String COMMENT 'The event_id of the claims.submitted event [text; phi token; claims.scored]',
    lineage_id String COMMENT 'Billing NPI, patient control token and payer level, joined by a colon [text; phi token; claims.scored]',
    source LowCardinality(String) COMMENT 'Where the submitted event was made [text; phi none; claims.scored]',
    _hash String COMMENT 'Lineage hash of the submitted event [text; phi token; claims.scored]',
    submitted_at DateTime64(6, 'UTC') COMMENT 'Instant of submission, UTC [UTC instant; phi none; claims.scored]' CODEC(Delta, ZSTD(1)),
    scored_at DateTime64(6, 'UTC') COMMENT 'Instant of scoring, UTC [UTC instant; phi none; claims.scored]' CODEC(Delta, ZSTD(1)),
    approval_probability Float64 COMMENT 'Probability that the first adjudication pays, 0 to 1, rounded to 1e-4 [0 to 1; phi none; claims.scored]',
    scored_by LowCardinality(String) COMMENT 'model or rules [text; phi none; claims.scored]',
    model_version LowCardinality(String) COMMENT 'Approval model name and version, or rules-N [text; phi none; claims.scored]',
    reason_model_version LowCardinality(String) COMMENT 'Reason model name and version; empty when reasons come from the rules [text; phi none; claims.scored]',
    feature_hash LowCardinality(String) COMMENT 'Hash of the feature names in order [text; phi none; claims.scored]',
    kafka_partition Int32 COMMENT 'Partition of the topic [number; phi none; claims.scored]',
    kafka_offset Int64 COMMENT 'Offset in that partition [number; phi none; claims.scored]',
    version UInt64 COMMENT 'Order of events of one key: Kafka timestamp in ms * 2^20 + low 20 bits of the offset [number; phi none; claims.scored]',
    ingested_at DateTime64(6, 'UTC') COMMENT 'Kafka timestamp of the event [UTC instant; phi none; claims.scored]' CODEC(Delta, ZSTD(1)),
    reasons Array(Tuple(reason String, probability Float64)) COMMENT 'Most likely denial reasons, best first; at most three [list; phi none; claims.scored]',
    challenger_version LowCardinality(Nullable(String)) COMMENT 'Name and version of the model on trial that scored the same batch; null without one. Nothing acts on it [text; phi none; claims.scored]',
    challenger_probability Nullable(Float64) COMMENT 'Approval probability of the model on trial, rounded to 1e-4 [0 to 1; phi none; claims.scored]',
    feature_completeness Nullable(Float64) COMMENT 'Share of the features that were known, 0 to 1, rounded to 1e-4 [number; phi none; claims.scored]',
    feature_vector String COMMENT 'What the model saw: float32 little-endian values in the order of the catalogue named by feature_hash, NaN where missing [text; phi none; claims.scored]' TTL toDateTime(ingested_at) + INTERVAL 400 DAY,
    explanations Array(Tuple(reason String, log_odds Float64, reason_probability Float64, fields Array(String), values Array(Float64), owner String, action String, approval_after_fix Nullable(Float64), expected_gain_cents Nullable(Int64))) COMMENT 'Why the model expects a denial: for claims below the policy''s review threshold the three strongest reasons, strongest first; empty for others [list; phi none; claims.scored]'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant_id, claim_id, event_id)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'ZSTD(1)'
COMMENT 'Grain: one row for each scored event. Read with FINAL. feature_vector is dropped after 400 days.';
