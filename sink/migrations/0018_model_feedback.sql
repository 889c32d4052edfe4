-- What models learn from in service: what they saw and said, and what the payer decided so far.
CREATE VIEW model_feedback AS
SELECT
    s.tenant_id AS tenant_id,
    s.event_id AS event_id,
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
    h.payer_id AS payer_id,
    h.frequency_code AS frequency_code,
    h.expected_allowed_cents AS expected_allowed_cents,
    if(a.outcome = '', NULL, a.initial_denial) AS initial_denial,
    nullIf(a.outcome, '') AS outcome,
    a.primary_carc AS reason,
    a.root_cause_group AS root_cause_group,
    if(a.outcome = '', NULL, a.received_at) AS received_at,
    if(a.outcome = '', NULL, a.paid_on) AS paid_on
FROM claim_scores AS s FINAL
INNER JOIN claims_header AS h FINAL ON h.tenant_id = s.tenant_id AND h.event_id = s.event_id
LEFT JOIN (
    SELECT tenant_id, claim_event_id, initial_denial, outcome, primary_carc, root_cause_group, received_at, paid_on
    FROM adjudication_current
    WHERE kind = 'claim' AND first_adjudication
) AS a ON a.tenant_id = s.tenant_id AND a.claim_event_id = s.event_id
WHERE (s.tenant_id, s.lineage_id) NOT IN (SELECT tenant_id, lineage_id FROM claim_lineage FINAL WHERE voided)
COMMENT 'Grain: one row for each scored event: features, prediction, and the label (initial_denial, outcome, reason) of the first adjudication that answered it; NULL while there is none. Voided lineages are left out.';
