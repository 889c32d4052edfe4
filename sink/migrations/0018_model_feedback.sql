-- What models learn from in service: what they saw and said, and what the payer decided.
CREATE VIEW model_feedback AS
SELECT
    s.tenant_id AS tenant_id,
    s.event_id AS event_id,
    a.claim_event_id AS claim_event_id,
    s.claim_id AS claim_id,
    s.lineage_id AS lineage_id,
    s.submitted_at AS submitted_at,
    s.scored_at AS scored_at,
    s.feature_vector AS feature_vector,
    s.feature_hash AS feature_hash,
    s.model_version AS model_version,
    s.approval_probability AS approval_probability,
    s.challenger_version AS challenger_version,
    s.challenger_probability AS challenger_probability,
    a.payer_id AS payer_id,
    a.initial_denial AS initial_denial,
    a.outcome AS outcome,
    a.primary_carc AS reason,
    a.root_cause_group AS root_cause_group,
    a.received_at AS received_at,
    a.paid_on AS paid_on
FROM claim_scores AS s FINAL
INNER JOIN (
    SELECT tenant_id, claim_event_id, payer_id, initial_denial, outcome, primary_carc, root_cause_group, received_at, paid_on
    FROM adjudication_current
    WHERE kind = 'claim' AND first_adjudication AND NOT voided
) AS a ON a.tenant_id = s.tenant_id AND a.claim_event_id = s.event_id
COMMENT 'Grain: one row for each scored event that a first adjudication answered: features, prediction and label (initial_denial, reason). Voided lineages are left out.';
