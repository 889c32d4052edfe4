-- Dimensions with history: what was seen of each patient, provider, department and payer by day of submission, and
-- the periods (valid_from to valid_to) that follow from it in whatever order the claims arrive.

CREATE TABLE dim_patient_seen
(
    tenant_id LowCardinality(String) COMMENT 'Customer [text; phi none; claims.scored]',
    patient_token String COMMENT 'Keyed hash of the patient [text; phi token; claims.scored]',
    seen_on Date COMMENT 'Day of submission of the claims this was seen on [date; phi none; claims.scored]',
    patient_age_years Nullable(Int32) COMMENT 'Age in years; 90 stands for 90 and older [number; phi quasi-identifier; claims.scored]',
    patient_sex LowCardinality(Nullable(String)) COMMENT 'M, F or U [text; phi quasi-identifier; claims.scored]',
    patient_state LowCardinality(Nullable(String)) COMMENT 'State of the address of the patient [text; phi quasi-identifier; claims.scored]',
    _hash String COMMENT 'SHA-256 (hex) of the raw bytes of the latest such claim [text; phi token; claims.scored]',
    version UInt64 COMMENT 'As in claims_header, of the latest such claim [number; phi none; claims.scored]'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant_id, patient_token, seen_on)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'ZSTD(1)'
COMMENT 'Grain: one row for each patient and day of submission: what the latest claim of that day said. Feeds dim_patient.';

CREATE MATERIALIZED VIEW dim_patient_mv TO dim_patient_seen AS
SELECT
    tenant_id,
    claims_header.patient_token AS patient_token,
    toDate(submitted_at) AS seen_on,
    argMax(tuple(claims_header.patient_age_years), claims_header.version).1 AS patient_age_years,
    argMax(tuple(claims_header.patient_sex), claims_header.version).1 AS patient_sex,
    argMax(tuple(claims_header.patient_state), claims_header.version).1 AS patient_state,
    argMax(claims_header._hash, claims_header.version) AS _hash,
    max(claims_header.version) AS version
FROM claims_header
WHERE 1
GROUP BY tenant_id, patient_token, seen_on;

CREATE VIEW dim_patient AS
SELECT
    tenant_id,
    patient_token,
    patient_age_years, patient_sex, patient_state,
    seen_on AS valid_from,
    leadInFrame(seen_on, 1, toDate('2149-06-06')) OVER (
        PARTITION BY tenant_id, patient_token ORDER BY seen_on ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    ) AS valid_to,
    _hash
FROM (
    SELECT
        *,
        tuple(patient_age_years, patient_sex, patient_state) AS attributes,
        lagInFrame(attributes) OVER (
            PARTITION BY tenant_id, patient_token ORDER BY seen_on ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS before,
        row_number() OVER (PARTITION BY tenant_id, patient_token ORDER BY seen_on) AS number
    FROM dim_patient_seen FINAL
)
WHERE number = 1 OR toString(before) != toString(attributes)
COMMENT 'Grain: one row for each patient and period in which nothing about it changed. valid_from is included, valid_to is not; the open period ends on 2149-06-06. Join as of a day: valid_from <= day AND day < valid_to, or ASOF JOIN on valid_from.';

CREATE TABLE dim_provider_seen
(
    tenant_id LowCardinality(String) COMMENT 'Customer [text; phi none; claims.scored]',
    npi String COMMENT 'NPI of the rendering provider, else of the billing provider [text; phi none; claims.scored]',
    seen_on Date COMMENT 'Day of submission of the claims this was seen on [date; phi none; claims.scored]',
    provider_specialty LowCardinality(Nullable(String)) COMMENT 'Specialty label [text; phi none; claims.scored]',
    billing_npi LowCardinality(Nullable(String)) COMMENT 'NPI the provider bills under [text; phi none; claims.scored]',
    provider_in_network Nullable(Bool) COMMENT 'Whether the provider is in network [flag; phi none; claims.scored]',
    _hash String COMMENT 'SHA-256 (hex) of the raw bytes of the latest such claim [text; phi token; claims.scored]',
    version UInt64 COMMENT 'As in claims_header, of the latest such claim [number; phi none; claims.scored]'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant_id, npi, seen_on)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'ZSTD(1)'
COMMENT 'Grain: one row for each provider and day of submission: what the latest claim of that day said. Feeds dim_provider.';

CREATE MATERIALIZED VIEW dim_provider_mv TO dim_provider_seen AS
SELECT
    tenant_id,
    ifNull(coalesce(claims_header.rendering_npi, claims_header.billing_npi), '') AS npi,
    toDate(submitted_at) AS seen_on,
    argMax(tuple(claims_header.provider_specialty), claims_header.version).1 AS provider_specialty,
    argMax(tuple(claims_header.billing_npi), claims_header.version).1 AS billing_npi,
    argMax(tuple(claims_header.provider_in_network), claims_header.version).1 AS provider_in_network,
    argMax(claims_header._hash, claims_header.version) AS _hash,
    max(claims_header.version) AS version
FROM claims_header
WHERE npi != ''
GROUP BY tenant_id, npi, seen_on;

CREATE VIEW dim_provider AS
SELECT
    tenant_id,
    npi,
    provider_specialty, billing_npi, provider_in_network,
    seen_on AS valid_from,
    leadInFrame(seen_on, 1, toDate('2149-06-06')) OVER (
        PARTITION BY tenant_id, npi ORDER BY seen_on ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    ) AS valid_to,
    _hash
FROM (
    SELECT
        *,
        tuple(provider_specialty, billing_npi, provider_in_network) AS attributes,
        lagInFrame(attributes) OVER (
            PARTITION BY tenant_id, npi ORDER BY seen_on ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS before,
        row_number() OVER (PARTITION BY tenant_id, npi ORDER BY seen_on) AS number
    FROM dim_provider_seen FINAL
)
WHERE number = 1 OR toString(before) != toString(attributes)
COMMENT 'Grain: one row for each provider and period in which nothing about it changed. valid_from is included, valid_to is not; the open period ends on 2149-06-06. Join as of a day: valid_from <= day AND day < valid_to, or ASOF JOIN on valid_from.';

CREATE TABLE dim_department_seen
(
    tenant_id LowCardinality(String) COMMENT 'Customer [text; phi none; claims.scored]',
    department_id String COMMENT 'Billing NPI and place of service, joined by a colon: the smallest unit that claims name [text; phi none; claims.scored]',
    seen_on Date COMMENT 'Day of submission of the claims this was seen on [date; phi none; claims.scored]',
    billing_npi LowCardinality(Nullable(String)) COMMENT 'NPI of the billing provider [text; phi none; claims.scored]',
    place_of_service LowCardinality(Nullable(String)) COMMENT 'Place of service code [text; phi quasi-identifier; claims.scored]',
    provider_specialty LowCardinality(Nullable(String)) COMMENT 'Specialty label of its latest claim [text; phi none; claims.scored]',
    _hash String COMMENT 'SHA-256 (hex) of the raw bytes of the latest such claim [text; phi token; claims.scored]',
    version UInt64 COMMENT 'As in claims_header, of the latest such claim [number; phi none; claims.scored]'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant_id, department_id, seen_on)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'ZSTD(1)'
COMMENT 'Grain: one row for each department and day of submission: what the latest claim of that day said. Feeds dim_department.';

CREATE MATERIALIZED VIEW dim_department_mv TO dim_department_seen AS
SELECT
    tenant_id,
    concat(ifNull(claims_header.billing_npi, ''), ':', ifNull(claims_header.place_of_service, '')) AS department_id,
    toDate(submitted_at) AS seen_on,
    argMax(tuple(claims_header.billing_npi), claims_header.version).1 AS billing_npi,
    argMax(tuple(claims_header.place_of_service), claims_header.version).1 AS place_of_service,
    argMax(tuple(claims_header.provider_specialty), claims_header.version).1 AS provider_specialty,
    argMax(claims_header._hash, claims_header.version) AS _hash,
    max(claims_header.version) AS version
FROM claims_header
WHERE department_id != ':'
GROUP BY tenant_id, department_id, seen_on;

CREATE VIEW dim_department AS
SELECT
    tenant_id,
    department_id,
    billing_npi, place_of_service, provider_specialty,
    seen_on AS valid_from,
    leadInFrame(seen_on, 1, toDate('2149-06-06')) OVER (
        PARTITION BY tenant_id, department_id ORDER BY seen_on ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    ) AS valid_to,
    _hash
FROM (
    SELECT
        *,
        tuple(billing_npi, place_of_service, provider_specialty) AS attributes,
        lagInFrame(attributes) OVER (
            PARTITION BY tenant_id, department_id ORDER BY seen_on ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS before,
        row_number() OVER (PARTITION BY tenant_id, department_id ORDER BY seen_on) AS number
    FROM dim_department_seen FINAL
)
WHERE number = 1 OR toString(before) != toString(attributes)
COMMENT 'Grain: one row for each department and period in which nothing about it changed. valid_from is included, valid_to is not; the open period ends on 2149-06-06. Join as of a day: valid_from <= day AND day < valid_to, or ASOF JOIN on valid_from.';

CREATE TABLE dim_payer_seen
(
    tenant_id LowCardinality(String) COMMENT 'Customer [text; phi none; claims.scored]',
    payer_id String COMMENT 'Payer identifier [text; phi none; claims.scored]',
    seen_on Date COMMENT 'Day of submission of the claims this was seen on [date; phi none; claims.scored]',
    payer_type LowCardinality(Nullable(String)) COMMENT 'Kind of payer [text; phi none; claims.scored]',
    _hash String COMMENT 'SHA-256 (hex) of the raw bytes of the latest such claim [text; phi token; claims.scored]',
    version UInt64 COMMENT 'As in claims_header, of the latest such claim [number; phi none; claims.scored]'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant_id, payer_id, seen_on)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'ZSTD(1)'
COMMENT 'Grain: one row for each payer and day of submission: what the latest claim of that day said. Feeds dim_payer.';

CREATE MATERIALIZED VIEW dim_payer_mv TO dim_payer_seen AS
SELECT
    tenant_id,
    ifNull(claims_header.payer_id, '') AS payer_id,
    toDate(submitted_at) AS seen_on,
    argMax(tuple(claims_header.payer_type), claims_header.version).1 AS payer_type,
    argMax(claims_header._hash, claims_header.version) AS _hash,
    max(claims_header.version) AS version
FROM claims_header
WHERE payer_id != ''
GROUP BY tenant_id, payer_id, seen_on;

CREATE VIEW dim_payer AS
SELECT
    tenant_id,
    payer_id,
    payer_type,
    seen_on AS valid_from,
    leadInFrame(seen_on, 1, toDate('2149-06-06')) OVER (
        PARTITION BY tenant_id, payer_id ORDER BY seen_on ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    ) AS valid_to,
    _hash
FROM (
    SELECT
        *,
        tuple(payer_type) AS attributes,
        lagInFrame(attributes) OVER (
            PARTITION BY tenant_id, payer_id ORDER BY seen_on ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS before,
        row_number() OVER (PARTITION BY tenant_id, payer_id ORDER BY seen_on) AS number
    FROM dim_payer_seen FINAL
)
WHERE number = 1 OR toString(before) != toString(attributes)
COMMENT 'Grain: one row for each payer and period in which nothing about it changed. valid_from is included, valid_to is not; the open period ends on 2149-06-06. Join as of a day: valid_from <= day AND day < valid_to, or ASOF JOIN on valid_from.';
