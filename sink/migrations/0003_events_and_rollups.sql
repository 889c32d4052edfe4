-- The append-only event table and the rollups that hang on it. Rollups store sums, never rates.
CREATE TABLE claim_event
(
    tenant_id LowCardinality(String) COMMENT 'Customer the claim belongs to',
    event_type LowCardinality(String) COMMENT 'scored: the claim was validated, priced, scored and routed',
    event_id String COMMENT 'Id of the claims.submitted event, unique within event_type',
    claim_id String COMMENT 'Claim id, unique within the tenant',
    kafka_partition Int32 COMMENT 'Partition of claims.scored',
    kafka_offset Int64 COMMENT 'Offset in that partition',
    ingested_at DateTime64(6, 'UTC') COMMENT 'Kafka timestamp of the scored event, UTC',
    submitted_at DateTime64(6, 'UTC') COMMENT 'Instant of submission, UTC',
    scored_at DateTime64(6, 'UTC') COMMENT 'Instant of scoring, UTC',
    payer_id LowCardinality(String) COMMENT 'Payer identifier; empty when unknown',
    payer_type LowCardinality(String) COMMENT 'Kind of payer; empty when unknown',
    disposition LowCardinality(String) COMMENT 'ready, review or rejected',
    queue LowCardinality(String) COMMENT 'Workqueue; empty when ready',
    scored_by LowCardinality(String) COMMENT 'model or rules',
    claims_delta Int64 COMMENT 'Signed number of claims: 1 for an event, -1 for its correction',
    clean_claims_delta Int64 COMMENT 'Signed number of claims with disposition ready, no error and no manual touch',
    error_claims_delta Int64 COMMENT 'Signed number of claims with at least one finding of severity error',
    priced_claims_delta Int64 COMMENT 'Signed number of claims with an expected allowed amount',
    charge_cents_delta Int64 COMMENT 'Signed billed charge, cents',
    priced_charge_cents_delta Int64 COMMENT 'Signed billed charge of the priced claims, cents',
    expected_cents_delta Int64 COMMENT 'Signed expected allowed amount, cents; 0 when not priced',
    at_risk_cents_delta Int64 COMMENT 'Signed (1 - approval probability) * expected allowed amount, cents, rounded half up',
    errors_delta Int64 COMMENT 'Signed number of findings of severity error',
    warnings_delta Int64 COMMENT 'Signed number of findings of severity warning',
    approval_probability_delta Float64 COMMENT 'Signed approval probability, to be summed and divided by claims',
    finding_rule_ids Array(LowCardinality(String)) COMMENT 'Rules that fired, each once, in alphabetical order',
    finding_severities Array(LowCardinality(String)) COMMENT 'Severity of each of finding_rule_ids',
    finding_counts Array(Int64) COMMENT 'Signed number of findings of each of finding_rule_ids'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(ingested_at)
ORDER BY (tenant_id, payer_id, event_type, submitted_at, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Grain: one row for each business event of a claim, with signed amounts. Never updated.';

CREATE TABLE kpi_daily
(
    tenant_id LowCardinality(String) COMMENT 'Customer',
    basis LowCardinality(String) COMMENT 'What day means: submitted = day of submission',
    day Date COMMENT 'Cohort day, UTC',
    payer_id LowCardinality(String) COMMENT 'Payer identifier; empty when unknown',
    disposition LowCardinality(String) COMMENT 'ready, review or rejected',
    queue LowCardinality(String) COMMENT 'Workqueue; empty when ready',
    claims SimpleAggregateFunction(sum, Int64) COMMENT 'Scored claims',
    clean_claims SimpleAggregateFunction(sum, Int64) COMMENT 'Of these: disposition ready, no error, no manual touch',
    error_claims SimpleAggregateFunction(sum, Int64) COMMENT 'Of these: with at least one finding of severity error',
    priced_claims SimpleAggregateFunction(sum, Int64) COMMENT 'Of these: with an expected allowed amount',
    model_claims SimpleAggregateFunction(sum, Int64) COMMENT 'Of these: scored by a model, not by rules',
    charge_cents SimpleAggregateFunction(sum, Int64) COMMENT 'Billed charge, cents',
    priced_charge_cents SimpleAggregateFunction(sum, Int64) COMMENT 'Billed charge of the priced claims, cents',
    expected_cents SimpleAggregateFunction(sum, Int64) COMMENT 'Expected allowed amount, cents',
    at_risk_cents SimpleAggregateFunction(sum, Int64) COMMENT '(1 - approval probability) * expected allowed amount, cents',
    errors SimpleAggregateFunction(sum, Int64) COMMENT 'Findings of severity error',
    warnings SimpleAggregateFunction(sum, Int64) COMMENT 'Findings of severity warning',
    approval_probability_sum SimpleAggregateFunction(sum, Float64) COMMENT 'Sum of approval probabilities; divide by claims for the mean',
    as_of SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'Latest Kafka timestamp counted here, UTC'
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (tenant_id, basis, day, payer_id, disposition, queue)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Grain: tenant, basis, day, payer, disposition, queue. Numerators, denominators and cents; divide sums of these, never average.';

CREATE MATERIALIZED VIEW kpi_daily_mv TO kpi_daily AS
SELECT
    tenant_id,
    'submitted' AS basis,
    toDate(submitted_at) AS day,
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
    tenant_id LowCardinality(String) COMMENT 'Customer',
    basis LowCardinality(String) COMMENT 'What day means: submitted = day of submission',
    day Date COMMENT 'Cohort day, UTC',
    payer_id LowCardinality(String) COMMENT 'Payer identifier; empty when unknown',
    rule_id LowCardinality(String) COMMENT 'Rule that fired',
    severity LowCardinality(String) COMMENT 'error, warning or info',
    findings SimpleAggregateFunction(sum, Int64) COMMENT 'Findings of the rule',
    claims SimpleAggregateFunction(sum, Int64) COMMENT 'Claims with at least one finding of the rule',
    charge_cents SimpleAggregateFunction(sum, Int64) COMMENT 'Billed charge of these claims, cents'
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (tenant_id, basis, day, payer_id, rule_id, severity)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Grain: tenant, basis, day, payer, rule, severity. A claim counts under each of its rules: do not add claims over rules.';

CREATE MATERIALIZED VIEW kpi_findings_daily_mv TO kpi_findings_daily AS
SELECT
    tenant_id,
    'submitted' AS basis,
    toDate(submitted_at) AS day,
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
