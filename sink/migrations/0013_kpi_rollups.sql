-- Rollups: numerators, denominators and money by day; never a rate. Each view reads claim_event alone.
CREATE TABLE kpi_daily
(
    tenant_id LowCardinality(String) COMMENT 'Customer [text; phi none; claim_event]',
    kpi LowCardinality(String) COMMENT 'Name of the KPI, as in docs/kpis.md [text; phi none; claim_event]',
    basis LowCardinality(String) COMMENT 'What day means: screened, submitted, service, first_event, first_adjudication, remit, received, ack, due, resolved, closed or flow [text; phi none; claim_event]',
    day Date COMMENT 'Cohort day by that basis [date; phi none; claim_event]',
    payer_id LowCardinality(String) COMMENT 'Payer identifier; empty when unknown [text; phi none; claim_event]',
    claim_type LowCardinality(String) COMMENT 'professional, institutional or dental; empty when unknown [text; phi none; claim_event]',
    provider_specialty LowCardinality(String) COMMENT 'Specialty label; empty when unknown [text; phi none; claim_event]',
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
ORDER BY (tenant_id, kpi, basis, day, payer_id, claim_type, provider_specialty, queue, detail, known_on)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'ZSTD(1)'
COMMENT 'Grain: tenant, KPI, basis, day, payer, claim type, specialty, queue, detail, day of knowledge. Divide sums of these, never average.';

CREATE MATERIALIZED VIEW kpi_daily_lineage_mv TO kpi_daily AS
SELECT
    tenant_id,
    c.1 AS kpi,
    c.2 AS basis,
    toDate(assumeNotNull(c.3)) AS day,
    payer_id,
    claim_type,
    provider_specialty,
    '' AS queue,
    c.4 AS detail,
    toDate(claim_event.as_of) AS known_on,
    sum(c.5) AS numerator,
    sum(c.6) AS denominator,
    sum(c.7) AS numerator_cents,
    sum(c.8) AS denominator_cents,
    max(claim_event.as_of) AS as_of
FROM claim_event
ARRAY JOIN arrayFilter(
    x -> isNotNull(x.3) AND (x.5 != 0 OR x.6 != 0 OR x.7 != 0 OR x.8 != 0),
    arrayConcat([
        ('clean_claim_rate', 'screened', screened_on, '', toInt64(first_screening_passed * claims_delta), toInt64(claims_delta), toInt64(first_screening_passed * charge_cents_delta), toInt64(charge_cents_delta)),
        ('quality_gate_success', 'screened', screened_on, '', toInt64((disposition = 'ready') * claims_delta), toInt64(claims_delta), toInt64((disposition = 'ready') * charge_cents_delta), toInt64(charge_cents_delta)),
        ('submission_rate', 'screened', screened_on, '', toInt64(isNotNull(submitted_on) * claims_delta), toInt64(claims_delta), toInt64(isNotNull(submitted_on) * charge_cents_delta), toInt64(charge_cents_delta)),
        ('dollars_at_risk', 'screened', if(state = 'screened', screened_on, NULL), '', toInt64(claims_delta), toInt64(0), toInt64(at_risk_cents_delta), toInt64(expected_cents_delta)),
        ('fpccr', 'submitted', if(isNull(first_pass_clean), NULL, submitted_on), '', toInt64(ifNull(first_pass_clean, 0) * claims_delta), toInt64(claims_delta), toInt64(toInt64(0)), toInt64(toInt64(0))),
        ('fpccr_live', 'first_event', if(isNull(first_pass_clean), NULL, least(ifNull(front_end_rejected_on, adjudicated_on), ifNull(adjudicated_on, front_end_rejected_on))), '', toInt64(ifNull(first_pass_clean, 0) * claims_delta), toInt64(claims_delta), toInt64(toInt64(0)), toInt64(toInt64(0))),
        ('first_pass_resolution_rate', 'first_adjudication', adjudicated_on, '', toInt64(ifNull(first_pass_resolved, 0) * claims_delta), toInt64(claims_delta), toInt64(toInt64(0)), toInt64(toInt64(0))),
        ('first_pass_resolution_submitted', 'submitted', submitted_on, '', toInt64(ifNull(first_pass_resolved, 0) * claims_delta), toInt64(claims_delta), toInt64(toInt64(0)), toInt64(toInt64(0))),
        ('initial_denial_rate', 'remit', if(outcome = 'denied', adjudicated_on, NULL), '', toInt64(claims_delta), toInt64(0), toInt64(charge_cents_delta), toInt64(0)),
        ('initial_denial_rate', 'submitted', submitted_on, '', toInt64(0), toInt64(claims_delta), toInt64(0), toInt64(charge_cents_delta)),
        ('initial_denial_rate_live', 'first_adjudication', adjudicated_on, '', toInt64((outcome = 'denied') * claims_delta), toInt64(claims_delta), toInt64((outcome = 'denied') * charge_cents_delta), toInt64(charge_cents_delta)),
        ('denial_overturn_rate', 'resolved', if(outcome = 'denied', resolved_on, NULL), '', toInt64((resolution = 'recovered') * claims_delta), toInt64(claims_delta), toInt64(recovered_cents_delta), toInt64(recovered_cents_delta + written_off_cents_delta)),
        ('denial_overturn_appealed', 'resolved', if(outcome = 'denied' AND appealed, resolved_on, NULL), '', toInt64((resolution = 'recovered') * claims_delta), toInt64(claims_delta), toInt64(recovered_cents_delta), toInt64(recovered_cents_delta + written_off_cents_delta)),
        ('net_collection_rate', 'service', if(isNull(submitted_on), NULL, service_on), '', toInt64(claims_delta), toInt64(claims_delta), toInt64(paid_cents_delta), toInt64(charge_cents_delta - contractual_cents_delta)),
        ('gross_collection_rate', 'service', if(isNull(submitted_on), NULL, service_on), '', toInt64(claims_delta), toInt64(claims_delta), toInt64(paid_cents_delta), toInt64(charge_cents_delta)),
        ('days_in_ar', 'submitted', submitted_on, '', toInt64(0), toInt64(claims_delta), toInt64(0), toInt64(charge_cents_delta)),
        ('touchless_rate', 'closed', if(closed, closed_on, NULL), '', toInt64((touch_count = 0) * claims_delta), toInt64(claims_delta), toInt64(toInt64(0)), toInt64(toInt64(0))),
        ('touches_per_claim', 'closed', if(closed, closed_on, NULL), '', toInt64(touch_count * claims_delta), toInt64(claims_delta), toInt64(toInt64(0)), toInt64(toInt64(0))),
        ('label_coverage', 'submitted', submitted_on, '', toInt64(isNotNull(adjudicated_on) * claims_delta), toInt64(claims_delta), toInt64(toInt64(0)), toInt64(toInt64(0)))
        ],
        arrayMap(a -> ('rejection_rate_277ca', 'ack', toNullable(toDate32(ifNull(a.ack_277ca_at, a.submitted_at))), ifNull(a.ack_277ca_level, ''), toInt64((a.front_end_rejected) * claims_delta), toInt64(claims_delta), toInt64(0), toInt64(0)),
            arrayFilter(a -> a.any_277ca, attempts)),
        arrayMap(a -> ('ack_sla', 'due', toNullable(toDate32(assumeNotNull(a.due_999_at))), '999', toInt64((ifNull(a.ack_999_at <= a.due_999_at, 0)) * claims_delta), toInt64(claims_delta), toInt64(0), toInt64(0)),
            arrayFilter(a -> isNotNull(a.due_999_at), attempts)),
        arrayMap(a -> ('ack_sla', 'due', toNullable(toDate32(assumeNotNull(a.due_277ca_at))), '277CA', toInt64((ifNull(a.ack_277ca_at <= a.due_277ca_at, 0)) * claims_delta), toInt64(claims_delta), toInt64(0), toInt64(0)),
            arrayFilter(a -> isNotNull(a.due_277ca_at), attempts)))
) AS c
WHERE event_type = 'lineage'
GROUP BY tenant_id, kpi, basis, day, payer_id, claim_type, provider_specialty, queue, detail, known_on
HAVING numerator != 0 OR denominator != 0 OR numerator_cents != 0 OR denominator_cents != 0;

CREATE MATERIALIZED VIEW kpi_daily_adjudicated_mv TO kpi_daily AS
SELECT
    tenant_id,
    c.1 AS kpi,
    c.2 AS basis,
    toDate(assumeNotNull(c.3)) AS day,
    payer_id,
    claim_type,
    provider_specialty,
    '' AS queue,
    c.4 AS detail,
    toDate(claim_event.as_of) AS known_on,
    sum(c.5) AS numerator,
    sum(c.6) AS denominator,
    sum(c.7) AS numerator_cents,
    sum(c.8) AS denominator_cents,
    max(claim_event.as_of) AS as_of
FROM claim_event
ARRAY JOIN arrayFilter(
    x -> isNotNull(x.3) AND (x.5 != 0 OR x.6 != 0 OR x.7 != 0 OR x.8 != 0),
    [
        ('remittance_denial_rate', 'remit', if(adjudication_number > 0, adjudicated_on, NULL), '', toInt64((outcome = 'denied') * claims_delta), toInt64(claims_delta), toInt64((outcome = 'denied') * charge_cents_delta), toInt64(charge_cents_delta)),
        ('primary_denial_rate', 'remit', if(adjudication_number > 0 AND payer_level = 'P', adjudicated_on, NULL), '', toInt64(zero_pay * claims_delta), toInt64(claims_delta), toInt64(toInt64(0)), toInt64(toInt64(0))),
        ('underpayment_variance', 'remit', if(priced_lines_delta != 0, adjudicated_on, NULL), '', toInt64((underpaid_cents_delta != 0) * claims_delta), toInt64(claims_delta), toInt64(underpaid_cents_delta), toInt64(priced_expected_cents_delta)),
        ('underpayment_coverage', 'remit', adjudicated_on, '', toInt64(priced_lines_delta), toInt64(paid_lines_delta), toInt64(toInt64(0)), toInt64(toInt64(0))),
        ('underpayment_recovered', 'remit', if(underpayment_recovered_cents_delta != 0, adjudicated_on, NULL), '', toInt64(claims_delta), toInt64(0), toInt64(underpayment_recovered_cents_delta), toInt64(0)),
        ('auto_posting_rate', 'received', received_on, '', toInt64(auto_posted * claims_delta), toInt64(claims_delta), toInt64(auto_posted * paid_cents_delta), toInt64(paid_cents_delta)),
        ('payments', 'remit', adjudicated_on, '', toInt64(claims_delta), toInt64(0), toInt64(paid_cents_delta), toInt64(0))
    ]
) AS c
WHERE event_type = 'adjudicated'
GROUP BY tenant_id, kpi, basis, day, payer_id, claim_type, provider_specialty, queue, detail, known_on
HAVING numerator != 0 OR denominator != 0 OR numerator_cents != 0 OR denominator_cents != 0;

CREATE MATERIALIZED VIEW kpi_daily_set_mv TO kpi_daily AS
SELECT
    tenant_id,
    c.1 AS kpi,
    c.2 AS basis,
    toDate(assumeNotNull(c.3)) AS day,
    payer_id,
    claim_type,
    provider_specialty,
    '' AS queue,
    c.4 AS detail,
    toDate(claim_event.as_of) AS known_on,
    sum(c.5) AS numerator,
    sum(c.6) AS denominator,
    sum(c.7) AS numerator_cents,
    sum(c.8) AS denominator_cents,
    max(claim_event.as_of) AS as_of
FROM claim_event
ARRAY JOIN arrayFilter(
    x -> isNotNull(x.3) AND (x.5 != 0 OR x.6 != 0 OR x.7 != 0 OR x.8 != 0),
    [
        ('rejection_rate_999', 'ack', received_on, '', toInt64(ifNull(NOT accepted, 0) * claims_delta), toInt64(claims_delta), toInt64(toInt64(0)), toInt64(toInt64(0)))
    ]
) AS c
WHERE event_type = 'set_acknowledged'
GROUP BY tenant_id, kpi, basis, day, payer_id, claim_type, provider_specialty, queue, detail, known_on
HAVING numerator != 0 OR denominator != 0 OR numerator_cents != 0 OR denominator_cents != 0;

CREATE TABLE kpi_lag_daily
(
    tenant_id LowCardinality(String) COMMENT 'Customer [text; phi none; claim_event]',
    kpi LowCardinality(String) COMMENT 'charge_lag, claim_lag, payer_lag, accepted_lag, payer_cycle_time, remit_to_post_lag or time_to_resolution [text; phi none; claim_event]',
    day Date COMMENT 'Day of the second of the two events [date; phi none; claim_event]',
    payer_id LowCardinality(String) COMMENT 'Payer identifier; empty when unknown [text; phi none; claim_event]',
    claim_type LowCardinality(String) COMMENT 'professional, institutional or dental; empty when unknown [text; phi none; claim_event]',
    provider_specialty LowCardinality(String) COMMENT 'Specialty label; empty when unknown [text; phi none; claim_event]',
    lag Int32 COMMENT 'Days between the two events; hours for remit_to_post_lag [number; phi none; claim_event]',
    known_on Date COMMENT 'Day this became known [date; phi none; claim_event]',
    claims SimpleAggregateFunction(sum, Int64) COMMENT 'Claims or claim payments with this lag [number; phi none; claim_event]',
    charge_cents SimpleAggregateFunction(sum, Int64) COMMENT 'Their billed charge [cents; phi none; claim_event]',
    as_of SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'Latest instant counted here [UTC instant; phi none; claim_event]' CODEC(Delta, ZSTD(1))
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant_id, kpi, day, payer_id, claim_type, provider_specialty, lag, known_on)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'ZSTD(1)'
COMMENT 'Grain: tenant, KPI, day, payer, claim type, specialty, lag, day of knowledge: a histogram, so that any percentile is exact.';

CREATE MATERIALIZED VIEW kpi_lag_daily_mv TO kpi_lag_daily AS
SELECT
    tenant_id,
    c.1 AS kpi,
    toDate(assumeNotNull(c.2)) AS day,
    payer_id,
    claim_type,
    provider_specialty,
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
WHERE event_type IN ('lineage', 'adjudicated')
GROUP BY tenant_id, kpi, day, payer_id, claim_type, provider_specialty, lag, known_on
HAVING claims != 0 OR charge_cents != 0;

CREATE TABLE kpi_ar_daily
(
    tenant_id LowCardinality(String) COMMENT 'Customer [text; phi none; claim_event]',
    service_on Date COMMENT 'Last service date of the lineage [date; phi quasi-identifier; claim_event]',
    submitted_on Date COMMENT 'Day of the first submission [date; phi none; claim_event]',
    payer_id LowCardinality(String) COMMENT 'Payer identifier; empty when unknown [text; phi none; claim_event]',
    known_on Date COMMENT 'Day the balance changed, as far as known [date; phi none; claim_event]',
    lineages SimpleAggregateFunction(sum, Int64) COMMENT 'Lineages with a balance: change on that day [number; phi none; claim_event]',
    balance_cents SimpleAggregateFunction(sum, Int64) COMMENT 'Open balance: change on that day [cents; phi none; claim_event]'
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant_id, service_on, submitted_on, payer_id, known_on)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'ZSTD(1)'
COMMENT 'Grain: tenant, service date, submission date, payer, day of change. The sum over known_on <= D is the A/R at the end of day D.';

CREATE MATERIALIZED VIEW kpi_ar_daily_mv TO kpi_ar_daily AS
SELECT
    tenant_id,
    toDate(ifNull(service_on, assumeNotNull(submitted_on))) AS service_on,
    toDate(assumeNotNull(claim_event.submitted_on)) AS submitted_on,
    payer_id,
    toDate(as_of) AS known_on,
    sum(if(balance_cents_delta != 0, claims_delta, 0)) AS lineages,
    sum(balance_cents_delta) AS balance_cents
FROM claim_event
WHERE event_type = 'lineage' AND isNotNull(submitted_on)
GROUP BY tenant_id, service_on, submitted_on, payer_id, known_on
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
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'ZSTD(1)'
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
WHERE event_type = 'lineage' AND isNotNull(submitted_on) AND isNull(adjudicated_on) AND NOT closed
GROUP BY tenant_id, submitted_on, payer_id, known_on
HAVING lineages != 0 OR expected_cents != 0;

CREATE TABLE kpi_prediction_daily
(
    tenant_id LowCardinality(String) COMMENT 'Customer [text; phi none; claim_event]',
    day Date COMMENT 'Label day: payment date of the first adjudication [date; phi none; claim_event]',
    payer_id LowCardinality(String) COMMENT 'Payer identifier; empty when unknown [text; phi none; claim_event]',
    model_version LowCardinality(String) COMMENT 'Approval model [text; phi none; claim_event]',
    probability_e4 UInt16 COMMENT 'Approval probability, in ten-thousandths [number; phi none; claim_event]',
    paid Bool COMMENT 'Label: the first adjudication did not deny [flag; phi none; claim_event]',
    known_on Date COMMENT 'Day this became known [date; phi none; claim_event]',
    claims SimpleAggregateFunction(sum, Int64) COMMENT 'Claims with this probability and label [number; phi none; claim_event]'
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant_id, day, payer_id, model_version, probability_e4, paid, known_on)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'ZSTD(1)'
COMMENT 'Grain: tenant, label day, payer, model, probability, label, day of knowledge: Brier, calibration and PR-AUC follow exactly.';

CREATE MATERIALIZED VIEW kpi_prediction_daily_mv TO kpi_prediction_daily AS
SELECT
    tenant_id,
    toDate(assumeNotNull(adjudicated_on)) AS day,
    payer_id,
    model_version,
    toUInt16(round(assumeNotNull(approval_probability) * 10000)) AS probability_e4,
    outcome != 'denied' AS paid,
    toDate(as_of) AS known_on,
    sum(claims_delta) AS claims
FROM claim_event
WHERE event_type = 'adjudicated' AND first_adjudication AND isNotNull(adjudicated_on) AND isNotNull(approval_probability)
GROUP BY tenant_id, day, payer_id, model_version, probability_e4, paid, known_on
HAVING claims != 0;
