-- What the claim stage decides, by day of submission: there at once, without waiting for correlation.
CREATE TABLE kpi_screening_daily
(
    tenant_id LowCardinality(String) COMMENT 'Customer [text; phi none; claim_event]',
    basis LowCardinality(String) COMMENT 'What day means: submitted = day of submission [text; phi none; claim_event]',
    day Date COMMENT 'Cohort day [date; phi none; claim_event]',
    payer_id LowCardinality(String) COMMENT 'Payer identifier; empty when unknown [text; phi none; claim_event]',
    disposition LowCardinality(String) COMMENT 'ready, review or rejected [text; phi none; claim_event]',
    queue LowCardinality(String) COMMENT 'Workqueue; empty when ready [text; phi none; claim_event]',
    claims SimpleAggregateFunction(sum, Int64) COMMENT 'Screened claims, each once however often it was scored [number; phi none; claim_event]',
    clean_claims SimpleAggregateFunction(sum, Int64) COMMENT 'Of these: disposition ready, no error, no manual touch [number; phi none; claim_event]',
    error_claims SimpleAggregateFunction(sum, Int64) COMMENT 'Of these: with at least one finding of severity error [number; phi none; claim_event]',
    priced_claims SimpleAggregateFunction(sum, Int64) COMMENT 'Of these: with an expected allowed amount [number; phi none; claim_event]',
    model_claims SimpleAggregateFunction(sum, Int64) COMMENT 'Of these: scored by a model, not by rules [number; phi none; claim_event]',
    charge_cents SimpleAggregateFunction(sum, Int64) COMMENT 'Billed charge [cents; phi none; claim_event]',
    priced_charge_cents SimpleAggregateFunction(sum, Int64) COMMENT 'Billed charge of the priced claims [cents; phi none; claim_event]',
    expected_cents SimpleAggregateFunction(sum, Int64) COMMENT 'Expected allowed amount [cents; phi none; claim_event]',
    at_risk_cents SimpleAggregateFunction(sum, Int64) COMMENT '(1 - approval probability) * expected allowed amount [cents; phi none; claim_event]',
    errors SimpleAggregateFunction(sum, Int64) COMMENT 'Findings of severity error [number; phi none; claim_event]',
    warnings SimpleAggregateFunction(sum, Int64) COMMENT 'Findings of severity warning [number; phi none; claim_event]',
    approval_probability_sum SimpleAggregateFunction(sum, Float64) COMMENT 'Sum of approval probabilities; divide by claims for the mean [0 to 1; phi none; claim_event]',
    as_of SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'Latest Kafka timestamp counted here [UTC instant; phi none; claim_event]' CODEC(Delta, ZSTD(1))
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant_id, basis, day, payer_id, disposition, queue)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'LZ4'
COMMENT 'Grain: tenant, basis, day, payer, disposition, queue. Claims, not lineages: a replacement is a claim of its own. Divide sums of these, never average.';

CREATE MATERIALIZED VIEW kpi_screening_daily_mv TO kpi_screening_daily AS
SELECT
    tenant_id,
    'submitted' AS basis,
    toDate(assumeNotNull(submitted_at)) AS day,
    payer_id,
    disposition,
    queue,
    sum(claims_delta) AS claims,
    sum(clean_claims_delta) AS clean_claims,
    sum(error_claims_delta) AS error_claims,
    sum(priced_claims_delta) AS priced_claims,
    sumIf(claims_delta, scored_by = 'model') AS model_claims,
    sum(charge_cents_delta) AS charge_cents,
    sum(priced_charge_cents_delta) AS priced_charge_cents,
    sum(expected_cents_delta) AS expected_cents,
    sum(at_risk_cents_delta) AS at_risk_cents,
    sum(errors_delta) AS errors,
    sum(warnings_delta) AS warnings,
    sum(approval_probability_delta) AS approval_probability_sum,
    max(ingested_at) AS as_of
FROM claim_event
WHERE event_type = 'scored'
GROUP BY tenant_id, day, payer_id, disposition, queue;

CREATE TABLE kpi_findings_daily
(
    tenant_id LowCardinality(String) COMMENT 'Customer [text; phi none; claim_event]',
    basis LowCardinality(String) COMMENT 'What day means: submitted = day of submission [text; phi none; claim_event]',
    day Date COMMENT 'Cohort day [date; phi none; claim_event]',
    payer_id LowCardinality(String) COMMENT 'Payer identifier; empty when unknown [text; phi none; claim_event]',
    rule_id LowCardinality(String) COMMENT 'Rule that fired [text; phi none; claim_event]',
    severity LowCardinality(String) COMMENT 'error, warning or info [text; phi none; claim_event]',
    findings SimpleAggregateFunction(sum, Int64) COMMENT 'Findings of the rule [number; phi none; claim_event]',
    claims SimpleAggregateFunction(sum, Int64) COMMENT 'Claims with at least one finding of the rule [number; phi none; claim_event]',
    charge_cents SimpleAggregateFunction(sum, Int64) COMMENT 'Billed charge of these claims [cents; phi none; claim_event]'
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant_id, basis, day, payer_id, rule_id, severity)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'LZ4'
COMMENT 'Grain: tenant, basis, day, payer, rule, severity. A claim counts under each of its rules: do not add claims over rules.';

CREATE MATERIALIZED VIEW kpi_findings_daily_mv TO kpi_findings_daily AS
SELECT
    tenant_id,
    'submitted' AS basis,
    toDate(assumeNotNull(submitted_at)) AS day,
    payer_id,
    rule_id,
    severity,
    sum(finding_count) AS findings,
    sum(claims_delta) AS claims,
    sum(charge_cents_delta) AS charge_cents
FROM claim_event
ARRAY JOIN finding_rule_ids AS rule_id, finding_severities AS severity, finding_counts AS finding_count
WHERE event_type = 'scored'
GROUP BY tenant_id, day, payer_id, rule_id, severity;

CREATE VIEW kpi_daily_rates AS
SELECT
    tenant_id,
    basis,
    day,
    payer_id,
    sum(k.claims) AS claims,
    sum(k.charge_cents) AS charge_cents,
    sum(k.expected_cents) AS expected_cents,
    sum(k.at_risk_cents) AS at_risk_cents,
    sum(k.clean_claims) / nullIf(sum(k.claims), 0) AS clean_claim_rate_edit_level,
    sum(k.error_claims) / nullIf(sum(k.claims), 0) AS error_claim_rate,
    sumIf(k.claims, disposition = 'ready') / nullIf(sum(k.claims), 0) AS ready_rate,
    sumIf(k.claims, disposition = 'review') / nullIf(sum(k.claims), 0) AS review_rate,
    sumIf(k.claims, disposition = 'rejected') / nullIf(sum(k.claims), 0) AS rejected_rate,
    sum(k.priced_claims) / nullIf(sum(k.claims), 0) AS priced_rate,
    sum(k.expected_cents) / nullIf(sum(k.priced_charge_cents), 0) AS expected_yield,
    sum(k.approval_probability_sum) / nullIf(sum(k.claims), 0) AS mean_approval_probability,
    max(k.as_of) AS as_of
FROM kpi_screening_daily AS k
GROUP BY tenant_id, basis, day, payer_id
HAVING claims > 0
COMMENT 'Grain: tenant, basis, day, payer: screening by day of submission. Every rate is a sum divided by a sum, 0 to 1, NULL without a denominator.';
