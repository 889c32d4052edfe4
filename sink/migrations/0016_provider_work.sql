-- Work RVU by provider: the latest attempt of each lineage, credited by rules that a client may change.
CREATE TABLE provider_work
(
    tenant_id LowCardinality(String) COMMENT 'Customer [text; phi none; claims.scored]',
    lineage_id String COMMENT 'Billing NPI, patient control token and payer level, joined by a colon [text; phi token; claims.scored]',
    attempt_order UInt64 COMMENT 'Order of the attempts of a lineage: instant of submission in microseconds; the latest holds [number; phi none; claims.scored]',
    event_id String COMMENT 'Id of the claims.submitted event of the attempt [text; phi token; claims.scored]',
    _hash String COMMENT 'SHA-256 (hex) of the raw bytes of the attempt [text; phi token; claims.scored]',
    rendering_npi LowCardinality(String) COMMENT 'NPI of the rendering provider, else of the billing provider; empty when unknown [text; phi none; claims.scored]',
    provider_specialty LowCardinality(String) COMMENT 'Specialty label; empty when unknown [text; phi none; claims.scored]',
    payer_id LowCardinality(String) COMMENT 'Payer identifier; empty when unknown [text; phi none; claims.scored]',
    claim_type LowCardinality(String) COMMENT 'professional, institutional or dental [text; phi none; claims.scored]',
    service_on Date COMMENT 'First service date, else day of submission [date; phi quasi-identifier; claims.scored]',
    voided Bool COMMENT 'Whether the attempt is a void [flag; phi none; claims.scored]',
    work Array(Tuple(modifiers Array(LowCardinality(String)), rvu_work_e5 Int64)) COMMENT 'Work relative value units of the priced lines by modifiers, in hundred-thousandths, before any credit rule [list; phi none; claims.scored]',
    ingested_at DateTime64(6, 'UTC') COMMENT 'Kafka timestamp of the scored event [UTC instant; phi none; claims.scored]' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(attempt_order)
ORDER BY (tenant_id, lineage_id)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'ZSTD(1)'
COMMENT 'Grain: one row for each lineage, its latest attempt. Read with FINAL.';

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

CREATE VIEW provider_work_rvu AS
WITH
    (SELECT groupArray((tenant_id, modifier, credit_e4)) FROM work_rvu_credit FINAL) AS rules,
    (tenant, code) -> arrayFirst(r -> r.1 = tenant AND r.2 = code, arrayConcat(rules, [(tenant, code, -1)])).3 AS own
SELECT
    tenant_id, lineage_id, rendering_npi, provider_specialty, payer_id, claim_type, service_on, event_id, _hash,
    arraySum(w -> w.rvu_work_e5, work) AS rvu_work_e5,
    arraySum(w -> round(w.rvu_work_e5 * arrayProduct(arrayMap(
        m -> if(own(tenant_id, m) >= 0, own(tenant_id, m), if(own('', m) >= 0, own('', m), 10000)) / 10000,
        arrayConcat([''], w.modifiers) -- the product of nothing would be 0
    ))), work) AS credited_rvu_work_e5
FROM provider_work FINAL
WHERE NOT voided AND NOT match(lineage_id, ':[ST]$')
COMMENT 'Grain: one row for each lineage that is not void, bills of secondary and tertiary payers left out, since they bill the same work again: work RVU of its latest attempt, before and after the credit rules of work_rvu_credit, in hundred-thousandths.';
