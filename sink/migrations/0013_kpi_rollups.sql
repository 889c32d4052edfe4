-- Rollups: numerators, denominators and money by day; never a rate. Each view reads claim_event alone.
CREATE TABLE kpi_daily
(
    tenant_id LowCardinality(String) COMMENT 'Customer [text; phi none; claim_event]',
    kpi LowCardinality(String) COMMENT 'Name of the KPI, as in docs/kpis.md [text; phi none; claim_event]',
    basis LowCardinality(String) COMMENT 'What day means: screened, submitted, service, first_event, first_adjudication, remit, received, ack, due, resolved, closed or flow [text; phi none; claim_event]',
    day Date COMMENT 'Cohort day by that basis [date; phi none; claim_event]',
    split LowCardinality(String) COMMENT 'What split_key is: payer, claim_type or specialty. Every statement counts once under each: name one split, never add them [text; phi none; claim_event]',
    split_key LowCardinality(String) COMMENT 'Payer identifier, claim type or specialty label; empty when unknown [text; phi none; claim_event]',
    queue LowCardinality(String) COMMENT 'Workqueue, where the KPI has one [text; phi none; claim_event]',
    detail LowCardinality(String) COMMENT 'Further split, where the KPI has one: 999 or 277CA, sender level, outcome [text; phi none; claim_event]',
    known_on Date COMMENT 'Day this became known; filter known_on <= D for what was known at the end of day D [date; phi none; claim_event]',
    numerator SimpleAggregateFunction(sum, Int64) COMMENT 'Count above the line [number; phi none; claim_event]',
    denominator SimpleAggregateFunction(sum, Int64) COMMENT 'Count below the line [number; phi none; claim_event]',
    numerator_cents SimpleAggregateFunction(sum, Int64) COMMENT 'Money above the line [cents; phi none; claim_event]',
    denominator_cents SimpleAggregateFunction(sum, Int64) COMMENT 'Money below the line [cents; phi none; claim_event]',
    as_of SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'Latest instant counted here [UTC instant; phi none; claim_event]' CODEC(Delta, ZSTD(1))
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant_id, kpi, basis, split, day, split_key, queue, detail, known_on)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'LZ4'
COMMENT 'Grain: tenant, KPI, basis, split (by payer, claim type or specialty: each counts everything once), split_key, day, queue, detail, day of knowledge. Divide sums of these, never average.';

CREATE MATERIALIZED VIEW kpi_screened_mv TO kpi_daily AS
SELECT
    tenant_id, c.1 AS kpi, 'screened' AS basis,
    split, split_key, day, '' AS queue, detail, known_on,
    c.2 AS numerator, c.3 AS denominator, c.4 AS numerator_cents, c.5 AS denominator_cents, as_of
FROM (
    SELECT
        tenant_id, toDate(assumeNotNull(screened_on)) AS day, s.1 AS split, s.2 AS split_key, '' AS detail,
        toDate(claim_event.as_of) AS known_on, max(claim_event.as_of) AS as_of,
        sum(first_screening_passed * claims_delta) AS s1,
        sum(claims_delta) AS s2,
        sum(first_screening_passed * charge_cents_delta) AS s3,
        sum(charge_cents_delta) AS s4,
        sum((disposition = 'ready') * claims_delta) AS s5,
        sum((disposition = 'ready') * charge_cents_delta) AS s6,
        sum(isNotNull(submitted_at) * claims_delta) AS s7,
        sum(isNotNull(submitted_at) * charge_cents_delta) AS s8,
        sum((state = 'screened') * claims_delta) AS s9,
        sum(at_risk_cents_delta) AS s10,
        sum((state = 'screened') * expected_cents_delta) AS s11
    FROM claim_event
    ARRAY JOIN [('payer', payer_id), ('claim_type', claim_type), ('specialty', provider_specialty)] AS s
    WHERE event_type = 'lineage' AND isNotNull(screened_on)
    GROUP BY tenant_id, day, split, split_key, detail, known_on
)
ARRAY JOIN [
    ('clean_claim_rate', s1, s2, s3, s4),
    ('quality_gate_success', s5, s2, s6, s4),
    ('submission_rate', s7, s2, s8, s4),
    ('dollars_at_risk', s9, toInt64(0), s10, s11)
] AS c
WHERE c.2 != 0 OR c.3 != 0 OR c.4 != 0 OR c.5 != 0;

CREATE MATERIALIZED VIEW kpi_submitted_mv TO kpi_daily AS
SELECT
    tenant_id, c.1 AS kpi, 'submitted' AS basis,
    split, split_key, day, '' AS queue, detail, known_on,
    c.2 AS numerator, c.3 AS denominator, c.4 AS numerator_cents, c.5 AS denominator_cents, as_of
FROM (
    SELECT
        tenant_id, toDate(assumeNotNull(submitted_on)) AS day, s.1 AS split, s.2 AS split_key, '' AS detail,
        toDate(claim_event.as_of) AS known_on, max(claim_event.as_of) AS as_of,
        sum(ifNull(first_pass_clean, 0) * claims_delta) AS s1,
        sum(isNotNull(first_pass_clean) * claims_delta) AS s2,
        sum(ifNull(first_pass_resolved, 0) * claims_delta) AS s3,
        sum(claims_delta) AS s4,
        sum(charge_cents_delta) AS s5,
        sum(isNotNull(adjudicated_on) * claims_delta) AS s6
    FROM claim_event
    ARRAY JOIN [('payer', payer_id), ('claim_type', claim_type), ('specialty', provider_specialty)] AS s
    WHERE event_type = 'lineage' AND isNotNull(submitted_on)
    GROUP BY tenant_id, day, split, split_key, detail, known_on
)
ARRAY JOIN [
    ('fpccr', s1, s2, toInt64(0), toInt64(0)),
    ('first_pass_resolution_submitted', s3, s4, toInt64(0), toInt64(0)),
    ('initial_denial_rate', toInt64(0), s4, toInt64(0), s5),
    ('days_in_ar', toInt64(0), s4, toInt64(0), s5),
    ('label_coverage', s6, s4, toInt64(0), toInt64(0))
] AS c
WHERE c.2 != 0 OR c.3 != 0 OR c.4 != 0 OR c.5 != 0;

CREATE MATERIALIZED VIEW kpi_first_event_mv TO kpi_daily AS
SELECT
    tenant_id, c.1 AS kpi, 'first_event' AS basis,
    split, split_key, day, '' AS queue, detail, known_on,
    c.2 AS numerator, c.3 AS denominator, c.4 AS numerator_cents, c.5 AS denominator_cents, as_of
FROM (
    SELECT
        tenant_id, toDate(assumeNotNull(least(ifNull(front_end_rejected_on, adjudicated_on), ifNull(adjudicated_on, front_end_rejected_on)))) AS day, s.1 AS split, s.2 AS split_key, '' AS detail,
        toDate(claim_event.as_of) AS known_on, max(claim_event.as_of) AS as_of,
        sum(ifNull(first_pass_clean, 0) * claims_delta) AS s1,
        sum(isNotNull(first_pass_clean) * claims_delta) AS s2
    FROM claim_event
    ARRAY JOIN [('payer', payer_id), ('claim_type', claim_type), ('specialty', provider_specialty)] AS s
    WHERE event_type = 'lineage' AND isNotNull(least(ifNull(front_end_rejected_on, adjudicated_on), ifNull(adjudicated_on, front_end_rejected_on)))
    GROUP BY tenant_id, day, split, split_key, detail, known_on
)
ARRAY JOIN [
    ('fpccr_live', s1, s2, toInt64(0), toInt64(0))
] AS c
WHERE c.2 != 0 OR c.3 != 0 OR c.4 != 0 OR c.5 != 0;

CREATE MATERIALIZED VIEW kpi_first_adjudication_mv TO kpi_daily AS
SELECT
    tenant_id, c.1 AS kpi, 'first_adjudication' AS basis,
    split, split_key, day, '' AS queue, detail, known_on,
    c.2 AS numerator, c.3 AS denominator, c.4 AS numerator_cents, c.5 AS denominator_cents, as_of
FROM (
    SELECT
        tenant_id, toDate(assumeNotNull(adjudicated_on)) AS day, s.1 AS split, s.2 AS split_key, '' AS detail,
        toDate(claim_event.as_of) AS known_on, max(claim_event.as_of) AS as_of,
        sum(ifNull(first_pass_resolved, 0) * claims_delta) AS s1,
        sum(claims_delta) AS s2,
        sum((outcome = 'denied') * claims_delta) AS s3,
        sum((outcome = 'denied') * charge_cents_delta) AS s4,
        sum(charge_cents_delta) AS s5
    FROM claim_event
    ARRAY JOIN [('payer', payer_id), ('claim_type', claim_type), ('specialty', provider_specialty)] AS s
    WHERE event_type = 'lineage' AND isNotNull(adjudicated_on)
    GROUP BY tenant_id, day, split, split_key, detail, known_on
)
ARRAY JOIN [
    ('first_pass_resolution_rate', s1, s2, toInt64(0), toInt64(0)),
    ('initial_denial_rate_live', s3, s2, s4, s5)
] AS c
WHERE c.2 != 0 OR c.3 != 0 OR c.4 != 0 OR c.5 != 0;

CREATE MATERIALIZED VIEW kpi_denied_mv TO kpi_daily AS
SELECT
    tenant_id, c.1 AS kpi, 'remit' AS basis,
    split, split_key, day, '' AS queue, detail, known_on,
    c.2 AS numerator, c.3 AS denominator, c.4 AS numerator_cents, c.5 AS denominator_cents, as_of
FROM (
    SELECT
        tenant_id, toDate(assumeNotNull(adjudicated_on)) AS day, s.1 AS split, s.2 AS split_key, '' AS detail,
        toDate(claim_event.as_of) AS known_on, max(claim_event.as_of) AS as_of,
        sum(claims_delta) AS s1,
        sum(charge_cents_delta) AS s2
    FROM claim_event
    ARRAY JOIN [('payer', payer_id), ('claim_type', claim_type), ('specialty', provider_specialty)] AS s
    WHERE event_type = 'lineage' AND outcome = 'denied' AND isNotNull(adjudicated_on)
    GROUP BY tenant_id, day, split, split_key, detail, known_on
)
ARRAY JOIN [
    ('initial_denial_rate', s1, toInt64(0), s2, toInt64(0))
] AS c
WHERE c.2 != 0 OR c.3 != 0 OR c.4 != 0 OR c.5 != 0;

CREATE MATERIALIZED VIEW kpi_resolved_mv TO kpi_daily AS
SELECT
    tenant_id, c.1 AS kpi, 'resolved' AS basis,
    split, split_key, day, '' AS queue, detail, known_on,
    c.2 AS numerator, c.3 AS denominator, c.4 AS numerator_cents, c.5 AS denominator_cents, as_of
FROM (
    SELECT
        tenant_id, toDate(assumeNotNull(resolved_on)) AS day, s.1 AS split, s.2 AS split_key, '' AS detail,
        toDate(claim_event.as_of) AS known_on, max(claim_event.as_of) AS as_of,
        sum((resolution = 'recovered') * claims_delta) AS s1,
        sum(claims_delta) AS s2,
        sum(recovered_cents_delta) AS s3,
        sum(recovered_cents_delta + written_off_cents_delta) AS s4,
        sum((appealed AND resolution = 'recovered') * claims_delta) AS s5,
        sum(appealed * claims_delta) AS s6,
        sum(appealed * recovered_cents_delta) AS s7,
        sum(appealed * (recovered_cents_delta + written_off_cents_delta)) AS s8
    FROM claim_event
    ARRAY JOIN [('payer', payer_id), ('claim_type', claim_type), ('specialty', provider_specialty)] AS s
    WHERE event_type = 'lineage' AND outcome = 'denied' AND isNotNull(resolved_on)
    GROUP BY tenant_id, day, split, split_key, detail, known_on
)
ARRAY JOIN [
    ('denial_overturn_rate', s1, s2, s3, s4),
    ('denial_overturn_appealed', s5, s6, s7, s8)
] AS c
WHERE c.2 != 0 OR c.3 != 0 OR c.4 != 0 OR c.5 != 0;

CREATE MATERIALIZED VIEW kpi_service_mv TO kpi_daily AS
SELECT
    tenant_id, c.1 AS kpi, 'service' AS basis,
    split, split_key, day, '' AS queue, detail, known_on,
    c.2 AS numerator, c.3 AS denominator, c.4 AS numerator_cents, c.5 AS denominator_cents, as_of
FROM (
    SELECT
        tenant_id, toDate(assumeNotNull(service_on)) AS day, s.1 AS split, s.2 AS split_key, '' AS detail,
        toDate(claim_event.as_of) AS known_on, max(claim_event.as_of) AS as_of,
        sum(claims_delta) AS s1,
        sum(paid_cents_delta) AS s2,
        sum(charge_cents_delta - contractual_cents_delta) AS s3,
        sum(charge_cents_delta) AS s4
    FROM claim_event
    ARRAY JOIN [('payer', payer_id), ('claim_type', claim_type), ('specialty', provider_specialty)] AS s
    WHERE event_type = 'lineage' AND isNotNull(submitted_on) AND isNotNull(service_on)
    GROUP BY tenant_id, day, split, split_key, detail, known_on
)
ARRAY JOIN [
    ('net_collection_rate', s1, s1, s2, s3),
    ('gross_collection_rate', s1, s1, s2, s4)
] AS c
WHERE c.2 != 0 OR c.3 != 0 OR c.4 != 0 OR c.5 != 0;

CREATE MATERIALIZED VIEW kpi_closed_mv TO kpi_daily AS
SELECT
    tenant_id, c.1 AS kpi, 'closed' AS basis,
    split, split_key, day, '' AS queue, detail, known_on,
    c.2 AS numerator, c.3 AS denominator, c.4 AS numerator_cents, c.5 AS denominator_cents, as_of
FROM (
    SELECT
        tenant_id, toDate(assumeNotNull(closed_on)) AS day, s.1 AS split, s.2 AS split_key, '' AS detail,
        toDate(claim_event.as_of) AS known_on, max(claim_event.as_of) AS as_of,
        sum((touch_count = 0) * claims_delta) AS s1,
        sum(claims_delta) AS s2,
        sum(touch_count * claims_delta) AS s3
    FROM claim_event
    ARRAY JOIN [('payer', payer_id), ('claim_type', claim_type), ('specialty', provider_specialty)] AS s
    WHERE event_type = 'lineage' AND closed AND isNotNull(closed_on)
    GROUP BY tenant_id, day, split, split_key, detail, known_on
)
ARRAY JOIN [
    ('touchless_rate', s1, s2, toInt64(0), toInt64(0)),
    ('touches_per_claim', s3, s2, toInt64(0), toInt64(0))
] AS c
WHERE c.2 != 0 OR c.3 != 0 OR c.4 != 0 OR c.5 != 0;

CREATE MATERIALIZED VIEW kpi_277ca_mv TO kpi_daily AS
SELECT
    tenant_id, c.1 AS kpi, 'ack' AS basis,
    split, split_key, day, '' AS queue, detail, known_on,
    c.2 AS numerator, c.3 AS denominator, c.4 AS numerator_cents, c.5 AS denominator_cents, as_of
FROM (
    SELECT
        tenant_id, toDate(assumeNotNull(ifNull(a.ack_277ca_at, a.submitted_at))) AS day, s.1 AS split, s.2 AS split_key, ifNull(a.ack_277ca_level, '') AS detail,
        toDate(claim_event.as_of) AS known_on, max(claim_event.as_of) AS as_of,
        sum(a.front_end_rejected * claims_delta) AS s1,
        sum(claims_delta) AS s2
    FROM claim_event
    ARRAY JOIN attempts AS a
    ARRAY JOIN [('payer', payer_id), ('claim_type', claim_type), ('specialty', provider_specialty)] AS s
    WHERE event_type = 'lineage' AND a.any_277ca AND isNotNull(ifNull(a.ack_277ca_at, a.submitted_at))
    GROUP BY tenant_id, day, split, split_key, detail, known_on
)
ARRAY JOIN [
    ('rejection_rate_277ca', s1, s2, toInt64(0), toInt64(0))
] AS c
WHERE c.2 != 0 OR c.3 != 0 OR c.4 != 0 OR c.5 != 0;

CREATE MATERIALIZED VIEW kpi_sla_999_mv TO kpi_daily AS
SELECT
    tenant_id, c.1 AS kpi, 'due' AS basis,
    split, split_key, day, '' AS queue, detail, known_on,
    c.2 AS numerator, c.3 AS denominator, c.4 AS numerator_cents, c.5 AS denominator_cents, as_of
FROM (
    SELECT
        tenant_id, toDate(assumeNotNull(a.due_999_at)) AS day, s.1 AS split, s.2 AS split_key, '999' AS detail,
        toDate(claim_event.as_of) AS known_on, max(claim_event.as_of) AS as_of,
        sum(ifNull(a.ack_999_at <= a.due_999_at, 0) * claims_delta) AS s1,
        sum(claims_delta) AS s2
    FROM claim_event
    ARRAY JOIN attempts AS a
    ARRAY JOIN [('payer', payer_id), ('claim_type', claim_type), ('specialty', provider_specialty)] AS s
    WHERE event_type = 'lineage' AND isNotNull(a.due_999_at)
    GROUP BY tenant_id, day, split, split_key, detail, known_on
)
ARRAY JOIN [
    ('ack_sla', s1, s2, toInt64(0), toInt64(0))
] AS c
WHERE c.2 != 0 OR c.3 != 0 OR c.4 != 0 OR c.5 != 0;

CREATE MATERIALIZED VIEW kpi_sla_277ca_mv TO kpi_daily AS
SELECT
    tenant_id, c.1 AS kpi, 'due' AS basis,
    split, split_key, day, '' AS queue, detail, known_on,
    c.2 AS numerator, c.3 AS denominator, c.4 AS numerator_cents, c.5 AS denominator_cents, as_of
FROM (
    SELECT
        tenant_id, toDate(assumeNotNull(a.due_277ca_at)) AS day, s.1 AS split, s.2 AS split_key, '277CA' AS detail,
        toDate(claim_event.as_of) AS known_on, max(claim_event.as_of) AS as_of,
        sum(ifNull(a.first_277ca_at <= a.due_277ca_at, 0) * claims_delta) AS s1,
        sum(claims_delta) AS s2
    FROM claim_event
    ARRAY JOIN attempts AS a
    ARRAY JOIN [('payer', payer_id), ('claim_type', claim_type), ('specialty', provider_specialty)] AS s
    WHERE event_type = 'lineage' AND isNotNull(a.due_277ca_at)
    GROUP BY tenant_id, day, split, split_key, detail, known_on
)
ARRAY JOIN [
    ('ack_sla', s1, s2, toInt64(0), toInt64(0))
] AS c
WHERE c.2 != 0 OR c.3 != 0 OR c.4 != 0 OR c.5 != 0;

CREATE MATERIALIZED VIEW kpi_remit_mv TO kpi_daily AS
SELECT
    tenant_id, c.1 AS kpi, 'remit' AS basis,
    split, split_key, day, '' AS queue, detail, known_on,
    c.2 AS numerator, c.3 AS denominator, c.4 AS numerator_cents, c.5 AS denominator_cents, as_of
FROM (
    SELECT
        tenant_id, toDate(assumeNotNull(adjudicated_on)) AS day, s.1 AS split, s.2 AS split_key, '' AS detail,
        toDate(claim_event.as_of) AS known_on, max(claim_event.as_of) AS as_of,
        sum((outcome = 'denied') * claims_delta) AS s1,
        sum((outcome IN ('paid', 'denied', 'partial', 'patient_responsibility')) * claims_delta) AS s2,
        sum((outcome = 'denied') * charge_cents_delta) AS s3,
        sum((outcome IN ('paid', 'denied', 'partial', 'patient_responsibility')) * charge_cents_delta) AS s4,
        sum((adjudication_number > 0 AND payer_level = 'P' AND zero_pay) * claims_delta) AS s5,
        sum((adjudication_number > 0 AND payer_level = 'P') * claims_delta) AS s6,
        sum((underpaid_cents_delta != 0) * claims_delta) AS s7,
        sum((priced_lines_delta != 0) * claims_delta) AS s8,
        sum(underpaid_cents_delta) AS s9,
        sum(priced_expected_cents_delta) AS s10,
        sum(priced_lines_delta) AS s11,
        sum(paid_lines_delta) AS s12,
        sum((underpayment_recovered_cents_delta != 0) * claims_delta) AS s13,
        sum(underpayment_recovered_cents_delta) AS s14,
        sum(claims_delta) AS s15,
        sum(paid_cents_delta) AS s16
    FROM claim_event
    ARRAY JOIN [('payer', payer_id), ('claim_type', claim_type), ('specialty', provider_specialty)] AS s
    WHERE event_type = 'adjudicated' AND isNotNull(adjudicated_on)
    GROUP BY tenant_id, day, split, split_key, detail, known_on
)
ARRAY JOIN [
    ('remittance_denial_rate', s1, s2, s3, s4),
    ('primary_denial_rate', s5, s6, toInt64(0), toInt64(0)),
    ('underpayment_variance', s7, s8, s9, s10),
    ('underpayment_coverage', s11, s12, toInt64(0), toInt64(0)),
    ('underpayment_recovered', s13, toInt64(0), s14, toInt64(0)),
    ('payments', s15, toInt64(0), s16, toInt64(0))
] AS c
WHERE c.2 != 0 OR c.3 != 0 OR c.4 != 0 OR c.5 != 0;

CREATE MATERIALIZED VIEW kpi_received_mv TO kpi_daily AS
SELECT
    tenant_id, c.1 AS kpi, 'received' AS basis,
    split, split_key, day, '' AS queue, detail, known_on,
    c.2 AS numerator, c.3 AS denominator, c.4 AS numerator_cents, c.5 AS denominator_cents, as_of
FROM (
    SELECT
        tenant_id, toDate(assumeNotNull(received_on)) AS day, s.1 AS split, s.2 AS split_key, '' AS detail,
        toDate(claim_event.as_of) AS known_on, max(claim_event.as_of) AS as_of,
        sum(auto_posted * claims_delta) AS s1,
        sum(claims_delta) AS s2,
        sum(auto_posted * abs(paid_cents_delta) * sign) AS s3,
        sum(abs(paid_cents_delta) * sign) AS s4
    FROM claim_event
    ARRAY JOIN [('payer', payer_id), ('claim_type', claim_type), ('specialty', provider_specialty)] AS s
    WHERE event_type = 'adjudicated' AND isNotNull(received_on)
    GROUP BY tenant_id, day, split, split_key, detail, known_on
)
ARRAY JOIN [
    ('auto_posting_rate', s1, s2, s3, s4)
] AS c
WHERE c.2 != 0 OR c.3 != 0 OR c.4 != 0 OR c.5 != 0;

CREATE MATERIALIZED VIEW kpi_999_mv TO kpi_daily AS
SELECT
    tenant_id, c.1 AS kpi, 'ack' AS basis,
    split, split_key, day, '' AS queue, detail, known_on,
    c.2 AS numerator, c.3 AS denominator, c.4 AS numerator_cents, c.5 AS denominator_cents, as_of
FROM (
    SELECT
        tenant_id, toDate(assumeNotNull(received_on)) AS day, s.1 AS split, s.2 AS split_key, '' AS detail,
        toDate(claim_event.as_of) AS known_on, max(claim_event.as_of) AS as_of,
        sum(ifNull(NOT accepted, 0) * claims_delta) AS s1,
        sum(claims_delta) AS s2
    FROM claim_event
    ARRAY JOIN [('payer', payer_id), ('claim_type', claim_type), ('specialty', provider_specialty)] AS s
    WHERE event_type = 'set_acknowledged' AND isNotNull(received_on)
    GROUP BY tenant_id, day, split, split_key, detail, known_on
)
ARRAY JOIN [
    ('rejection_rate_999', s1, s2, toInt64(0), toInt64(0))
] AS c
WHERE c.2 != 0 OR c.3 != 0 OR c.4 != 0 OR c.5 != 0;

CREATE MATERIALIZED VIEW kpi_work_due_mv TO kpi_daily AS
SELECT
    tenant_id, 'sla_compliance' AS kpi, 'due' AS basis,
    split, split_key, day, queue, '' AS detail, known_on,
    numerator, denominator, toInt64(0) AS numerator_cents, toInt64(0) AS denominator_cents, as_of
FROM (
    SELECT
        tenant_id, toDate(assumeNotNull(due_on)) AS day, s.1 AS split, s.2 AS split_key, queue,
        toDate(claim_event.as_of) AS known_on, max(claim_event.as_of) AS as_of,
        sum(in_time * claims_delta) AS numerator,
        sum(claims_delta) AS denominator
    FROM claim_event
    ARRAY JOIN [('payer', payer_id), ('claim_type', claim_type), ('specialty', provider_specialty)] AS s
    WHERE event_type = 'work_item' AND isNotNull(due_on)
    GROUP BY tenant_id, day, split, split_key, queue, known_on
)
WHERE numerator != 0 OR denominator != 0;

CREATE TABLE kpi_lag_daily
(
    tenant_id LowCardinality(String) COMMENT 'Customer [text; phi none; claim_event]',
    kpi LowCardinality(String) COMMENT 'charge_lag, claim_lag, payer_lag, accepted_lag, payer_cycle_time, remit_to_post_lag or time_to_resolution [text; phi none; claim_event]',
    day Date COMMENT 'Day of the second of the two events [date; phi none; claim_event]',
    split LowCardinality(String) COMMENT 'What split_key is: payer, claim_type or specialty. Every statement counts once under each: name one split, never add them [text; phi none; claim_event]',
    split_key LowCardinality(String) COMMENT 'Payer identifier, claim type or specialty label; empty when unknown [text; phi none; claim_event]',
    lag Int32 COMMENT 'Days between the two events; hours for remit_to_post_lag [number; phi none; claim_event]',
    known_on Date COMMENT 'Day this became known [date; phi none; claim_event]',
    claims SimpleAggregateFunction(sum, Int64) COMMENT 'Claims or claim payments with this lag [number; phi none; claim_event]',
    charge_cents SimpleAggregateFunction(sum, Int64) COMMENT 'Their billed charge [cents; phi none; claim_event]',
    as_of SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'Latest instant counted here [UTC instant; phi none; claim_event]' CODEC(Delta, ZSTD(1))
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant_id, kpi, split, day, split_key, lag, known_on)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'LZ4'
COMMENT 'Grain: tenant, KPI, split (by payer, claim type or specialty: each counts everything once), split_key, day, lag, day of knowledge: a histogram, so that any percentile is exact.';

CREATE MATERIALIZED VIEW kpi_lag_daily_mv TO kpi_lag_daily AS
SELECT
    tenant_id,
    c.1 AS kpi,
    toDate(assumeNotNull(c.2)) AS day,
    s.1 AS split,
    s.2 AS split_key,
    assumeNotNull(c.3) AS lag,
    toDate(claim_event.as_of) AS known_on,
    sum(claims_delta) AS claims,
    sum(charge_cents_delta) AS charge_cents,
    max(claim_event.as_of) AS as_of
FROM claim_event
ARRAY JOIN arrayFilter(
    x -> isNotNull(x.2) AND isNotNull(x.3),
    if(event_type = 'lineage',
        [
            ('charge_lag', charge_posted_on, toInt32(charge_posted_on) - toInt32(service_from)),
            ('claim_lag', submitted_on, toInt32(submitted_on) - toInt32(charge_posted_on)),
            ('time_to_resolution', if(outcome = 'denied', resolved_on, NULL), toInt32(resolved_on) - toInt32(adjudicated_on))
        ],
        [
            ('payer_lag', if(first_adjudication, adjudicated_on, NULL), payer_lag_days),
            ('accepted_lag', if(first_adjudication, adjudicated_on, NULL), accepted_lag_days),
            ('payer_cycle_time', if(first_adjudication, adjudicated_on, NULL), payer_cycle_days),
            ('remit_to_post_lag', received_on, post_lag_hours)
        ])
) AS c
ARRAY JOIN [('payer', payer_id), ('claim_type', claim_type), ('specialty', provider_specialty)] AS s
WHERE event_type IN ('lineage', 'adjudicated')
GROUP BY tenant_id, kpi, day, split, split_key, lag, known_on
HAVING claims != 0 OR charge_cents != 0;

CREATE TABLE kpi_ar_daily
(
    tenant_id LowCardinality(String) COMMENT 'Customer [text; phi none; claim_event]',
    service_on Date COMMENT 'Last service date of the lineage [date; phi quasi-identifier; claim_event]',
    payer_id LowCardinality(String) COMMENT 'Payer identifier; empty when unknown [text; phi none; claim_event]',
    known_on Date COMMENT 'Day the balance changed, as far as known [date; phi none; claim_event]',
    lineages SimpleAggregateFunction(sum, Int64) COMMENT 'Lineages with a balance: change on that day [number; phi none; claim_event]',
    balance_cents SimpleAggregateFunction(sum, Int64) COMMENT 'Open balance: change on that day [cents; phi none; claim_event]'
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant_id, service_on, payer_id, known_on)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'LZ4'
COMMENT 'Grain: tenant, service date, payer, day of change. The sum over known_on <= D is the A/R at the end of day D.';

CREATE MATERIALIZED VIEW kpi_ar_daily_mv TO kpi_ar_daily AS
SELECT
    tenant_id,
    toDate(ifNull(claim_event.service_on, assumeNotNull(claim_event.submitted_on))) AS service_on,
    payer_id,
    toDate(as_of) AS known_on,
    sum(if(balance_cents_delta != 0, claims_delta, 0)) AS lineages,
    sum(balance_cents_delta) AS balance_cents
FROM claim_event
WHERE event_type = 'lineage' AND isNotNull(claim_event.submitted_on)
GROUP BY tenant_id, service_on, payer_id, known_on
HAVING lineages != 0 OR balance_cents != 0;

CREATE TABLE kpi_open_daily
(
    tenant_id LowCardinality(String) COMMENT 'Customer [text; phi none; claim_event]',
    submitted_on Date COMMENT 'Day of the first submission [date; phi none; claim_event]',
    payer_id LowCardinality(String) COMMENT 'Payer identifier; empty when unknown [text; phi none; claim_event]',
    known_on Date COMMENT 'Day this became known [date; phi none; claim_event]',
    lineages SimpleAggregateFunction(sum, Int64) COMMENT 'Submitted lineages without an adjudication [number; phi none; claim_event]',
    expected_cents SimpleAggregateFunction(sum, Int64) COMMENT 'Their approval probability * expected allowed amount [cents; phi none; claim_event]',
    expected_cents_squared SimpleAggregateFunction(sum, Int128) COMMENT 'Sum of the squares of the same, cents squared, for the band [cents; phi none; claim_event]'
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant_id, submitted_on, payer_id, known_on)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'LZ4'
COMMENT 'Grain: tenant, submission date, payer, day of knowledge: what is still unanswered.';

CREATE MATERIALIZED VIEW kpi_open_daily_mv TO kpi_open_daily AS
SELECT
    tenant_id,
    toDate(assumeNotNull(claim_event.submitted_on)) AS submitted_on,
    payer_id,
    toDate(as_of) AS known_on,
    sum(claims_delta) AS lineages,
    sum(open_expected_cents_delta) AS expected_cents,
    sum(toInt128(open_expected_cents_delta) * open_expected_cents) AS expected_cents_squared
FROM claim_event
WHERE event_type = 'lineage' AND isNotNull(claim_event.submitted_on) AND isNull(adjudicated_on) AND NOT closed
GROUP BY tenant_id, submitted_on, payer_id, known_on
HAVING lineages != 0 OR expected_cents != 0;

CREATE TABLE kpi_prediction_daily
(
    tenant_id LowCardinality(String) COMMENT 'Customer [text; phi none; claim_event]',
    day Date COMMENT 'Label day: payment date of the first adjudication [date; phi none; claim_event]',
    payer_id LowCardinality(String) COMMENT 'Payer identifier; empty when unknown [text; phi none; claim_event]',
    model_version LowCardinality(String) COMMENT 'Approval model [text; phi none; claim_event]',
    bin UInt8 COMMENT 'Bin of the approval probability: two hundred of equal width, from 0 [number; phi none; claim_event]',
    known_on Date COMMENT 'Day this became known [date; phi none; claim_event]',
    claims SimpleAggregateFunction(sum, Int64) COMMENT 'Claims in this bin [number; phi none; claim_event]',
    paid_claims SimpleAggregateFunction(sum, Int64) COMMENT 'Of these: the first adjudication did not deny [number; phi none; claim_event]',
    probability_e4 SimpleAggregateFunction(sum, Int64) COMMENT 'Sum of their approval probabilities, in ten-thousandths [number; phi none; claim_event]',
    squared_error_e8 SimpleAggregateFunction(sum, Int64) COMMENT 'Sum of the squares of probability less label, in hundred-millionths [number; phi none; claim_event]'
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant_id, day, payer_id, model_version, bin, known_on)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'LZ4'
COMMENT 'Grain: tenant, label day, payer, model, bin, day of knowledge: the Brier score and calibration over ten bins follow exactly, PR-AUC from two hundred thresholds.';

CREATE MATERIALIZED VIEW kpi_prediction_daily_mv TO kpi_prediction_daily AS
SELECT
    tenant_id,
    toDate(assumeNotNull(adjudicated_on)) AS day,
    payer_id,
    model_version,
    toUInt8(least(intDiv(e4, 50), 199)) AS bin,
    toDate(as_of) AS known_on,
    sum(claims_delta) AS claims,
    sum(paid * claims_delta) AS paid_claims,
    sum(e4 * claims_delta) AS probability_e4,
    sum((e4 - 10000 * paid) * (e4 - 10000 * paid) * claims_delta) AS squared_error_e8
FROM (
    SELECT *, toInt64(round(assumeNotNull(approval_probability) * 10000)) AS e4, toInt64(outcome != 'denied') AS paid
    FROM claim_event
    WHERE event_type = 'adjudicated' AND first_adjudication AND isNotNull(adjudicated_on) AND isNotNull(approval_probability)
)
GROUP BY tenant_id, day, payer_id, model_version, bin, known_on
HAVING claims != 0 OR probability_e4 != 0 OR paid_claims != 0 OR squared_error_e8 != 0;
