-- Rows of claim_event_scored.
INSERT INTO claim_event (tenant_id, event_type, subject_id, revision, sign, event_id, claim_id, lineage_id,
    source, _hash, kafka_log, kafka_topic, kafka_offset, ingested_at, as_of, payer_id, claim_type, provider_specialty,
    rendering_npi,  disposition, scored_by, model_version, approval_probability, submitted_at, claims_delta,
    clean_claims_delta, priced_claims_delta, charge_cents_delta, priced_charge_cents_delta, expected_cents_delta,
    at_risk_cents_delta, approval_probability_delta, finding_rule_ids, finding_severities, finding_counts)
SELECT 'bench', 'scored', claim, 1, 1, claim, claim, lineage, 'bench', hash, 'log', 'bench', n, toDateTime64(submitted, 6, 'UTC'), toDateTime64(submitted, 6, 'UTC'),
    payer, kind, specialty, npi,
    if(probability < 0.2, 'review', 'ready'), 'model', 'm-1', probability, toDateTime64(submitted, 6, 'UTC'), 1,
    probability >= 0.2, 1, charge, charge, expected, toInt64((1 - probability) * expected), probability,
    if(probability < 0.2, ['rule.a'], []), if(probability < 0.2, ['warning'], []), if(probability < 0.2, [1], [])
FROM (/* claims */)
