-- Canonical tables: what the stream said about each claim, its lines and its findings.
CREATE TABLE claims_header
(
    tenant_id LowCardinality(String) COMMENT 'Customer the claim belongs to',
    claim_id String COMMENT 'Claim id, unique within the tenant',
    event_id String COMMENT 'Id of the claims.submitted event',
    source LowCardinality(String) COMMENT 'Where the submitted event was made',
    _hash String COMMENT 'Lineage: SHA-256 (hex) of the raw bytes the claim came from',
    kafka_partition Int32 COMMENT 'Partition of claims.scored',
    kafka_offset Int64 COMMENT 'Offset in that partition',
    version UInt64 COMMENT 'Order of events of one claim: Kafka timestamp in ms * 2^20 + low 20 bits of the offset',
    ingested_at DateTime64(6, 'UTC') COMMENT 'Kafka timestamp of the scored event, UTC',
    submitted_partition Int32 COMMENT 'Partition of claims.submitted',
    submitted_offset Int64 COMMENT 'Offset in that partition',
    submitted_at DateTime64(6, 'UTC') COMMENT 'Instant of submission, UTC',
    scored_at DateTime64(6, 'UTC') COMMENT 'Instant of scoring, UTC',
    claim_type LowCardinality(String) COMMENT 'professional, institutional or dental',
    frequency_code LowCardinality(String) COMMENT '1 original, 7 replacement, 8 void',
    patient_control_token String COMMENT 'Keyed hash of the patient control number',
    patient_token String COMMENT 'Keyed hash of the patient',
    patient_age_years Nullable(Int32) COMMENT 'Age in years; 90 stands for 90 and older',
    patient_sex LowCardinality(Nullable(String)) COMMENT 'M, F or U',
    patient_state LowCardinality(Nullable(String)) COMMENT 'State of the address of the patient',
    payer_id LowCardinality(Nullable(String)) COMMENT 'Payer identifier',
    payer_type LowCardinality(Nullable(String)) COMMENT 'Kind of payer',
    payer_sequence LowCardinality(String) COMMENT 'P primary, S secondary, T tertiary',
    billing_npi LowCardinality(Nullable(String)) COMMENT 'NPI of the billing provider',
    rendering_npi LowCardinality(Nullable(String)) COMMENT 'NPI of the rendering provider',
    provider_specialty LowCardinality(Nullable(String)) COMMENT 'Specialty label',
    provider_in_network Nullable(Bool) COMMENT 'Whether the provider is in network',
    place_of_service LowCardinality(Nullable(String)) COMMENT 'Place of service code',
    type_of_bill LowCardinality(Nullable(String)) COMMENT 'Type of bill code',
    principal_diagnosis LowCardinality(Nullable(String)) COMMENT 'First diagnosis code, ICD-10-CM without dot',
    service_from Nullable(Date32) COMMENT 'First service date',
    service_to Nullable(Date32) COMMENT 'Last service date',
    charge_posted_on Nullable(Date32) COMMENT 'Date the charge was posted',
    coder_id LowCardinality(Nullable(String)) COMMENT 'Coder who worked the claim',
    coding_quality_score Nullable(Int32) COMMENT 'Points, 0 to 100',
    documentation_score Nullable(Int32) COMMENT 'Points, 0 to 100',
    processing_minutes Nullable(Int32) COMMENT 'Minutes spent before submission',
    touch_count Nullable(Int32) COMMENT 'Manual touches before submission',
    total_charge_cents Int64 COMMENT 'Billed charge, cents',
    disposition LowCardinality(String) COMMENT 'ready, review or rejected',
    queue LowCardinality(Nullable(String)) COMMENT 'Workqueue; NULL when ready',
    priority Int32 COMMENT 'Order in the queue, higher first: expected cents saved per minute of work',
    error_count Int32 COMMENT 'Findings of severity error',
    warning_count Int32 COMMENT 'Findings of severity warning',
    rule_pack_version LowCardinality(String) COMMENT 'Version of the rule catalogue',
    expected_allowed_cents Nullable(Int64) COMMENT 'Sum of the expected allowed amounts of the lines, cents; NULL when no line was priced',
    rvu_total_e5 Nullable(Int64) COMMENT 'Geographically adjusted relative value units, hundred-thousandths',
    rvu_total Nullable(Decimal(18, 5)) ALIAS toDecimal64(rvu_total_e5, 5) / 100000 COMMENT 'rvu_total_e5 in relative value units',
    rvu_work_e5 Nullable(Int64) COMMENT 'Work relative value units without geographic adjustment, hundred-thousandths',
    rvu_work Nullable(Decimal(18, 5)) ALIAS toDecimal64(rvu_work_e5, 5) / 100000 COMMENT 'rvu_work_e5 in relative value units',
    price_basis LowCardinality(String) COMMENT 'contract, fee_schedule, model or none',
    price_version LowCardinality(String) COMMENT 'Version of the price book',
    approval_probability Float64 COMMENT 'Probability that the first adjudication pays, 0 to 1',
    scored_by LowCardinality(String) COMMENT 'model or rules',
    model_version LowCardinality(String) COMMENT 'Approval model name and version, or rules-N',
    reason_model_version LowCardinality(String) COMMENT 'Reason model name and version; empty when reasons come from the rules',
    feature_hash LowCardinality(String) COMMENT 'Hash of the feature names in order',
    denial_reasons Array(LowCardinality(String)) COMMENT 'Most likely denial reasons, best first',
    denial_reason_probabilities Array(Float64) COMMENT 'Probability of each of denial_reasons given a denial, 0 to 1'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant_id, claim_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Grain: one row for each claim, its latest scored event. Read with FINAL.';

CREATE TABLE claims_line
(
    tenant_id LowCardinality(String) COMMENT 'Customer the claim belongs to',
    claim_id String COMMENT 'Claim id, unique within the tenant',
    event_id String COMMENT 'Id of the claims.submitted event; lines of an older event stay under its own id',
    line_number Int32 COMMENT 'Service line number, LX01',
    version UInt64 COMMENT 'As in claims_header',
    ingested_at DateTime64(6, 'UTC') COMMENT 'Kafka timestamp of the scored event, UTC',
    procedure_code LowCardinality(Nullable(String)) COMMENT 'Procedure code',
    modifiers Array(LowCardinality(String)) COMMENT 'Modifiers in order',
    revenue_code LowCardinality(Nullable(String)) COMMENT 'Revenue code',
    charge_cents Int64 COMMENT 'Line charge, cents',
    units Float64 COMMENT 'Units of service; X12 allows fractions',
    place_of_service LowCardinality(Nullable(String)) COMMENT 'Place of service used for pricing',
    service_from Nullable(Date32) COMMENT 'Service date',
    expected_allowed_cents Nullable(Int64) COMMENT 'Expected allowed amount, cents; NULL when not priced',
    rvu_total_e5 Nullable(Int64) COMMENT 'Geographically adjusted relative value units, hundred-thousandths',
    rvu_total Nullable(Decimal(18, 5)) ALIAS toDecimal64(rvu_total_e5, 5) / 100000 COMMENT 'rvu_total_e5 in relative value units',
    rvu_work_e5 Nullable(Int64) COMMENT 'Work relative value units, hundred-thousandths',
    rvu_work Nullable(Decimal(18, 5)) ALIAS toDecimal64(rvu_work_e5, 5) / 100000 COMMENT 'rvu_work_e5 in relative value units',
    price_status LowCardinality(String) COMMENT 'priced, or the reason why there is no price'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant_id, claim_id, event_id, line_number)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Grain: one row for each service line of each scored event. Join on event_id with claims_header for the current lines.';

CREATE TABLE claim_findings
(
    tenant_id LowCardinality(String) COMMENT 'Customer the claim belongs to',
    claim_id String COMMENT 'Claim id, unique within the tenant',
    event_id String COMMENT 'Id of the claims.submitted event',
    finding_number Int32 COMMENT 'Position of the finding in its event, from 1',
    version UInt64 COMMENT 'As in claims_header',
    ingested_at DateTime64(6, 'UTC') COMMENT 'Kafka timestamp of the scored event, UTC',
    line_number Nullable(Int32) COMMENT 'Service line; NULL for the claim as a whole',
    rule_id LowCardinality(String) COMMENT 'Rule that fired',
    severity LowCardinality(String) COMMENT 'error, warning or info',
    message LowCardinality(String) COMMENT 'What is wrong, in plain words, without identifying data',
    path LowCardinality(String) COMMENT 'X12 path of the offending element'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant_id, claim_id, event_id, finding_number)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Grain: one row for each finding of each scored event.';

CREATE TABLE dead_letters
(
    event_id String COMMENT 'topic/partition/offset of the message that was given up: a replay carries the same id',
    tenant_id LowCardinality(String) COMMENT 'Customer; empty when it could not be read',
    source LowCardinality(String) COMMENT 'Process that gave the message up',
    _hash String COMMENT 'SHA-256 (hex) of the raw bytes',
    kafka_partition Int32 COMMENT 'Partition of claims.dead-letter',
    kafka_offset Int64 COMMENT 'Offset in that partition',
    version UInt64 COMMENT 'As in claims_header',
    ingested_at DateTime64(6, 'UTC') COMMENT 'Kafka timestamp of the dead letter, UTC',
    source_topic LowCardinality(String) COMMENT 'Topic the message was read from',
    source_partition Int32 COMMENT 'Partition of that topic',
    source_offset Int64 COMMENT 'Offset in that partition',
    schema_id Nullable(Int32) COMMENT 'Schema id in the framing, when there was one',
    stage LowCardinality(String) COMMENT 'Step that failed',
    error_class LowCardinality(String) COMMENT 'Class of the error',
    reason String COMMENT 'What went wrong, without payload or identifying data',
    remedy String COMMENT 'What the operator can do',
    failed_at DateTime64(6, 'UTC') COMMENT 'Instant of the failure, UTC',
    sealed_payload Nullable(String) COMMENT 'AES-256-GCM envelope of the raw message value'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (source_topic, source_partition, source_offset, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Grain: one row for each message that could not be processed.';
