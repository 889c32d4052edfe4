-- Work RVU by provider: the latest attempt of each lineage as signed statements, their sums, and credit rules that a
-- client may change.
CREATE TABLE provider_work
(
    tenant_id LowCardinality(String) COMMENT 'Customer [text; phi none; claims.scored]',
    lineage_id String COMMENT 'Billing NPI, patient control token and payer level, joined by a colon [text; phi token; claims.scored]',
    attempt_order UInt64 COMMENT 'Order of the attempts of a lineage: instant of submission in microseconds; the latest holds [number; phi none; claims.scored]',
    revision Int32 COMMENT 'Number of the statement about the lineage, from 1 [number; phi none; claims.scored]',
    sign Int8 COMMENT '1 states the row, -1 takes back an earlier statement [number; phi none; claims.scored]',
    event_id String COMMENT 'Id of the claims.submitted event of the attempt [text; phi token; claims.scored]',
    _hash String COMMENT 'SHA-256 (hex) of the raw bytes of the attempt [text; phi token; claims.scored]',
    rendering_npi LowCardinality(String) COMMENT 'NPI of the rendering provider, else of the billing provider; empty when unknown [text; phi none; claims.scored]',
    provider_specialty LowCardinality(String) COMMENT 'Specialty label; empty when unknown [text; phi none; claims.scored]',
    payer_id LowCardinality(String) COMMENT 'Payer identifier; empty when unknown [text; phi none; claims.scored]',
    claim_type LowCardinality(String) COMMENT 'professional, institutional or dental [text; phi none; claims.scored]',
    service_on Date COMMENT 'First service date, else day of submission [date; phi quasi-identifier; claims.scored]',
    voided Bool COMMENT 'Whether the attempt is a void [flag; phi none; claims.scored]',
    work Array(Tuple(modifiers Array(LowCardinality(String)), rvu_work_e5 Int64)) COMMENT 'Work relative value units of the priced lines by modifiers, in hundred-thousandths, before any credit rule; negative where taken back [list; phi none; claims.scored]',
    kafka_log LowCardinality(String) COMMENT 'Identity of the topic the event was read from [text; phi none; claims.scored]',
    kafka_topic LowCardinality(String) COMMENT 'Name of that topic [text; phi none; claims.scored]',
    kafka_partition Int32 COMMENT 'Partition of that topic [number; phi none; claims.scored]',
    kafka_offset Int64 COMMENT 'Offset in that partition [number; phi none; claims.scored]',
    ingested_at DateTime64(6, 'UTC') COMMENT 'Kafka timestamp of the scored event [UTC instant; phi none; claims.scored]' CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (tenant_id, lineage_id, revision, sign)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'ZSTD(1)'
COMMENT 'Grain: one row for each statement of the work of a lineage by its latest attempt: sign 1 states, -1 takes back what a later attempt replaced. Never updated.';

CREATE TABLE provider_work_daily
(
    tenant_id LowCardinality(String) COMMENT 'Customer [text; phi none; provider_work]',
    split LowCardinality(String) COMMENT 'What split_key is: provider, specialty, payer or claim_type. All work counts once under each: name one split, never add them [text; phi none; provider_work]',
    split_key LowCardinality(String) COMMENT 'NPI, specialty label, payer identifier or claim type; empty when unknown [text; phi none; provider_work]',
    service_on Date COMMENT 'First service date [date; phi quasi-identifier; provider_work]',
    modifiers LowCardinality(String) COMMENT 'Modifiers of the lines, joined by commas; empty without [text; phi none; provider_work]',
    lineages SimpleAggregateFunction(sum, Int64) COMMENT 'Lineages that are not void, all under no modifiers [number; phi none; provider_work]',
    rvu_work_e5 SimpleAggregateFunction(sum, Int64) COMMENT 'Work relative value units, in hundred-thousandths, before any credit rule [number; phi none; provider_work]'
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant_id, split, service_on, split_key, modifiers)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'LZ4'
COMMENT 'Grain: tenant, split (provider, specialty, payer or claim type), key, service date, modifiers. Bills of secondary and tertiary payers are left out, since they bill the same work again.';

CREATE MATERIALIZED VIEW provider_work_daily_mv TO provider_work_daily AS
SELECT
    tenant_id,
    (arrayJoin([('provider', rendering_npi), ('specialty', provider_specialty), ('payer', payer_id), ('claim_type', claim_type)]) AS s).1 AS split,
    s.2 AS split_key,
    service_on, modifiers, lineages, rvu_work_e5
FROM (
    SELECT
        tenant_id, rendering_npi, provider_specialty, payer_id, claim_type, service_on,
        arrayStringConcat(w.1, ',') AS modifiers, sum(w.3) AS lineages, sum(w.2) AS rvu_work_e5
    FROM provider_work
    ARRAY JOIN arrayConcat(
        [(CAST([], 'Array(String)'), toInt64(0), toInt64(sign))],
        arrayMap(x -> (CAST(x.1, 'Array(String)'), x.2, toInt64(0)), work)
    ) AS w
    WHERE NOT voided AND NOT match(lineage_id, ':[ST]$')
    GROUP BY tenant_id, rendering_npi, provider_specialty, payer_id, claim_type, service_on, modifiers
);

CREATE TABLE work_rvu_credit
(
    tenant_id LowCardinality(String) COMMENT 'Customer; empty for the rule that holds for everybody else [text; phi none; set by hand]',
    modifier LowCardinality(String) COMMENT 'Modifier [text; phi none; set by hand]',
    credit_e4 Int64 COMMENT 'Share of the work units credited, in ten-thousandths; several modifiers of a line multiply [number; phi none; set by hand]',
    version UInt64 COMMENT 'The greatest one holds [number; phi none; set by hand]',
    _hash String COMMENT 'Where the rule comes from: free text or a hash of its document [text; phi token; set by hand]'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant_id, modifier)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'ZSTD(1)'
COMMENT 'Grain: one row for each customer and modifier. Client policy, not Medicare policy: change it by inserting a row with a greater version.';

INSERT INTO work_rvu_credit (tenant_id, modifier, credit_e4, version, _hash) VALUES
    ('', '26', 10000, 1, 'default'), ('', 'TC', 0, 1, 'default'), ('', '50', 15000, 1, 'default'), ('', '51', 5000, 1, 'default'),
    ('', '80', 1600, 1, 'default'), ('', '81', 1600, 1, 'default'), ('', '82', 1600, 1, 'default'), ('', 'AS', 1360, 1, 'default');
