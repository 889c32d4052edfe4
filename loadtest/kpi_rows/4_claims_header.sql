-- Rows of claims_header.
INSERT INTO claims_header (tenant_id, claim_id, lineage_id, event_id, source, _hash, kafka_offset, version, ingested_at,
    submitted_at, scored_at, claim_type, frequency_code, patient_control_token, patient_token, patient_age_years,
    patient_sex, patient_state, payer_id, payer_sequence, billing_npi, rendering_npi, provider_specialty,
    place_of_service, principal_diagnosis, service_from, service_to, charge_posted_on, total_charge_cents, disposition,
    expected_allowed_cents, rvu_work_e5, price_basis, approval_probability, scored_by, model_version, denial_reasons,
    denial_reason_probabilities)
SELECT 'bench', claim, lineage, hex(sipHash64(n, 20)), 'bench', hash, n, n, toDateTime64(submitted, 6, 'UTC'),
    toDateTime64(submitted, 6, 'UTC'), toDateTime64(submitted, 6, 'UTC'), kind, '1', hex(sipHash64(n, 2)),
    hex(sipHash64(n % 900000, 21)), toInt32(n % 90), 'F', 'CA', payer, 'P', concat('npi-', toString(n % 40)), npi,
    specialty, '11', concat('E', toString(n % 90)), served, served, served + 1, charge,
    if(probability < 0.2, 'review', 'ready'), expected, 400000, 'fee_schedule', probability, 'model', 'm-1',
    ['coding', 'authorization', 'eligibility'], [0.5, 0.25, 0.1]
FROM (/* claims */)
