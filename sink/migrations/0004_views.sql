-- Stable names for analysts. Tables may change behind them, these columns stay.
CREATE VIEW medical_claims AS
SELECT
    h.tenant_id AS tenant_id,
    h.claim_id AS claim_id,
    l.line_number AS line_number,
    h.claim_type AS claim_type,
    h.frequency_code AS frequency_code,
    h.patient_token AS patient_token,
    h.patient_age_years AS patient_age_years,
    h.patient_sex AS patient_sex,
    h.patient_state AS patient_state,
    h.payer_id AS payer_id,
    h.payer_type AS payer_type,
    h.billing_npi AS billing_npi,
    h.rendering_npi AS rendering_npi,
    h.provider_specialty AS provider_specialty,
    h.principal_diagnosis AS principal_diagnosis,
    l.procedure_code AS procedure_code,
    l.modifiers AS modifiers,
    l.revenue_code AS revenue_code,
    l.place_of_service AS place_of_service,
    coalesce(l.service_from, h.service_from) AS service_from,
    l.units AS units,
    l.charge_cents AS charge_cents,
    l.expected_allowed_cents AS expected_allowed_cents,
    l.rvu_total_e5 AS rvu_total_e5,
    l.rvu_work_e5 AS rvu_work_e5,
    l.price_status AS price_status,
    h.disposition AS disposition,
    h.approval_probability AS approval_probability,
    h.submitted_at AS submitted_at,
    h.event_id AS event_id,
    h._hash AS _hash
FROM claims_header AS h FINAL
INNER JOIN claims_line AS l FINAL
    ON l.tenant_id = h.tenant_id AND l.claim_id = h.claim_id AND l.event_id = h.event_id
COMMENT 'Grain: one row for each current service line, with the columns of its claim. Amounts in cents.';

CREATE VIEW bpo_claims_processing AS
SELECT
    tenant_id,
    claim_id,
    coder_id,
    payer_id,
    disposition,
    queue,
    priority,
    coding_quality_score,
    documentation_score,
    processing_minutes,
    touch_count,
    error_count,
    warning_count,
    total_charge_cents,
    expected_allowed_cents,
    approval_probability,
    denial_reasons,
    dateDiff('day', service_from, charge_posted_on) AS charge_lag_days,
    dateDiff('day', charge_posted_on, toDate32(submitted_at)) AS claim_lag_days,
    submitted_at,
    scored_at
FROM claims_header FINAL
COMMENT 'Grain: one row for each claim: the work done on it and where it stands. Amounts in cents, lags in days.';

CREATE VIEW bpo_claims_training AS
SELECT
    tenant_id,
    claim_id,
    event_id,
    submitted_at,
    claim_type,
    frequency_code,
    patient_age_years,
    patient_sex,
    patient_state,
    payer_id,
    payer_type,
    payer_sequence,
    provider_specialty,
    provider_in_network,
    place_of_service,
    type_of_bill,
    principal_diagnosis,
    coding_quality_score,
    documentation_score,
    processing_minutes,
    touch_count,
    total_charge_cents,
    expected_allowed_cents,
    rvu_total_e5,
    rvu_work_e5,
    error_count,
    warning_count,
    disposition,
    approval_probability,
    denial_reasons,
    model_version,
    feature_hash
FROM claims_header FINAL
WHERE frequency_code != '8'
COMMENT 'Grain: one row for each claim that is not void: what was known when it was scored. Labels come from the adjudication of the claim.';

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
FROM kpi_daily AS k
GROUP BY tenant_id, basis, day, payer_id
COMMENT 'Grain: tenant, basis, day, payer. Every rate is a sum divided by a sum, 0 to 1, NULL without a denominator.';
