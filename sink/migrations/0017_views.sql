-- Stable names for analysts, now with the outcome of each claim.
CREATE VIEW kpi_totals AS
SELECT
    *,
    '' AS total,
    split_key AS payer_id,
    split_key AS claim_type,
    split_key AS provider_specialty,
    toMonday(day) AS week,
    toStartOfMonth(day) AS month
FROM kpi_daily
COMMENT 'Grain: as kpi_daily, with week (its Monday), month (its first day) and total (always empty) to group by, and split_key under the names of the splits: name one split.';

CREATE VIEW work_items AS
SELECT
    tenant_id,
    queue,
    item_id,
    opened_at,
    argMax(tuple(workqueue_events.due_at), revision).1 AS due_at,
    argMax(tuple(workqueue_events.finished_at), revision).1 AS finished_at,
    argMax(tuple(workqueue_events.payer_id), revision).1 AS payer_id,
    argMax(tuple(workqueue_events.claim_type), revision).1 AS claim_type,
    argMax(tuple(workqueue_events.owner), revision).1 AS owner,
    argMax(tuple(workqueue_events.amount_cents), revision).1 AS amount_cents,
    argMax(tuple(workqueue_events.recoverable_cents), revision).1 AS recoverable_cents,
    argMax(tuple(workqueue_events.root_cause_group), revision).1 AS root_cause_group,
    argMax(tuple(workqueue_events.status), revision).1 AS status
FROM workqueue_events FINAL
WHERE kind = 'stated' AND isNotNull(opened_at)
GROUP BY tenant_id, queue, item_id, opened_at
COMMENT 'Grain: one row for each stay of an item in a queue: opened, due, finished (NULL while open).';

DROP VIEW IF EXISTS bpo_claims_processing;

DROP VIEW IF EXISTS bpo_claims_training;

CREATE VIEW bpo_claims_processing AS
SELECT
    h.tenant_id AS tenant_id,
    h.claim_id AS claim_id,
    h.lineage_id AS lineage_id,
    h.coder_id AS coder_id,
    h.payer_id AS payer_id,
    h.disposition AS disposition,
    h.queue AS queue,
    h.priority AS priority,
    h.coding_quality_score AS coding_quality_score,
    h.documentation_score AS documentation_score,
    h.processing_minutes AS processing_minutes,
    h.touch_count AS touch_count,
    h.error_count AS error_count,
    h.warning_count AS warning_count,
    h.total_charge_cents AS total_charge_cents,
    h.expected_allowed_cents AS expected_allowed_cents,
    h.approval_probability AS approval_probability,
    h.denial_reasons AS denial_reasons,
    dateDiff('day', h.service_from, h.charge_posted_on) AS charge_lag_days,
    dateDiff('day', h.charge_posted_on, toDate32(h.submitted_at)) AS claim_lag_days,
    h.submitted_at AS submitted_at,
    h.scored_at AS scored_at,
    nullIf(l.state, '') AS state,
    l.first_outcome AS first_outcome,
    if(l.state = '', NULL, l.net_paid_cents) AS paid_cents,
    if(l.state = '', NULL, l.open_balance_cents) AS open_balance_cents,
    l.queues AS queues
FROM claims_header AS h FINAL
LEFT JOIN claim_lineage AS l FINAL ON l.tenant_id = h.tenant_id AND l.lineage_id = h.lineage_id
COMMENT 'Grain: one row for each claim: the work done on it, where it stands, and what became of its lineage. Amounts in cents, lags in days.';

CREATE VIEW bpo_claims_training AS
SELECT
    h.tenant_id AS tenant_id,
    h.claim_id AS claim_id,
    h.event_id AS event_id,
    h.submitted_at AS submitted_at,
    h.claim_type AS claim_type,
    h.frequency_code AS frequency_code,
    h.patient_age_years AS patient_age_years,
    h.patient_sex AS patient_sex,
    h.patient_state AS patient_state,
    h.payer_id AS payer_id,
    h.payer_type AS payer_type,
    h.payer_sequence AS payer_sequence,
    h.provider_specialty AS provider_specialty,
    h.provider_in_network AS provider_in_network,
    h.place_of_service AS place_of_service,
    h.type_of_bill AS type_of_bill,
    h.principal_diagnosis AS principal_diagnosis,
    h.coding_quality_score AS coding_quality_score,
    h.documentation_score AS documentation_score,
    h.processing_minutes AS processing_minutes,
    h.touch_count AS touch_count,
    h.total_charge_cents AS total_charge_cents,
    h.expected_allowed_cents AS expected_allowed_cents,
    h.rvu_total_e5 AS rvu_total_e5,
    h.rvu_work_e5 AS rvu_work_e5,
    h.error_count AS error_count,
    h.warning_count AS warning_count,
    h.disposition AS disposition,
    h.approval_probability AS approval_probability,
    h.denial_reasons AS denial_reasons,
    h.model_version AS model_version,
    h.feature_hash AS feature_hash,
    a.outcome AS outcome,
    if(a.outcome = '', NULL, a.outcome != 'denied') AS approved,
    a.primary_carc AS primary_carc,
    a.root_cause_group AS root_cause_group,
    a.paid_on AS paid_on
FROM claims_header AS h FINAL
LEFT JOIN (
    SELECT tenant_id, claim_event_id, outcome, primary_carc, root_cause_group, paid_on
    FROM adjudication_current
    WHERE kind = 'claim' AND first_adjudication
) AS a ON a.tenant_id = h.tenant_id AND a.claim_event_id = h.event_id
WHERE h.frequency_code != '8'
COMMENT 'Grain: one row for each claim that is not void: what was known when it was scored, and the label (approved, reason) of the first adjudication where it answered this claim; NULL while unknown.';
