-- Rows of claim_event_lineage.
INSERT INTO claim_event_relay (tenant_id, event_type, subject_id, revision, sign, event_id, claim_id, lineage_id,
    source, _hash, kafka_log, kafka_topic, kafka_offset, ingested_at, as_of, payer_id, claim_type, provider_specialty,
    rendering_npi,  disposition, state, outcome, submitted_at, screened_on, submitted_on, service_on, service_from,
    charge_posted_on, adjudicated_on, resolved_on, resolution, closed_on, closed, first_screening_passed,
    first_pass_clean, first_pass_resolved, touch_count, attempts, claims_delta, charge_cents_delta,
    expected_cents_delta, paid_cents_delta, contractual_cents_delta, balance_cents_delta, recovered_cents_delta,
    written_off_cents_delta, open_expected_cents_delta, open_expected_cents)
SELECT 'bench', 'lineage', lineage, revision, s, concat(lineage, toString(revision), toString(s)), claim, lineage,
    'bench', hash, 'log', 'bench', n, toDateTime64(as_of_day, 6, 'UTC'), toDateTime64(as_of_day, 6, 'UTC'),
    payer, kind, specialty, npi, if(probability < 0.2, 'review', 'ready'), 'state', if(later, if(denied, 'denied', 'paid'), ''),
    toDateTime64(submitted, 6, 'UTC'), submitted, submitted, served, served, served + 1,
    if(later, paid_on, NULL), if(later AND denied AND lag % 2 = 0, paid_on + 30, NULL),
    if(later AND denied AND lag % 2 = 0, if(lag % 4 = 0, 'recovered', 'written_off'), ''),
    if(later AND NOT denied, paid_on, NULL), later AND NOT denied, probability >= 0.2,
    if(later, NOT denied, NULL), if(later, NOT denied, NULL), toInt32(probability < 0.2),
    [(toDateTime64(submitted, 6, 'UTC'), toDateTime64(submitted, 6, 'UTC') + 3600,
      toDateTime64(submitted, 6, 'UTC') + 1800, toDateTime64(submitted, 6, 'UTC') + 86400,
      toDateTime64(submitted, 6, 'UTC') + 40000, 'payer',
      toDateTime64(submitted, 6, 'UTC') + 40000, true, false)],
    s, s * charge, s * expected, if(later AND NOT denied, s * expected, 0),
    if(later AND NOT denied, s * (charge - expected), 0), if(later AND NOT denied, 0, s * charge),
    if(later AND denied AND lag % 4 = 0, s * expected, 0), if(later AND denied AND lag % 4 = 2, s * charge, 0),
    if(later, 0, s * toInt64(probability * expected)), if(later, 0, toInt64(probability * expected))
FROM (SELECT *, st.1 AS revision, toInt8(st.2) AS s, st.3 AS later, if(st.4, paid_on + 1, submitted) AS as_of_day FROM (/* claims */)
    ARRAY JOIN if(answered, [(1, 1, false, false), (1, -1, false, true), (2, 1, true, true)], [(1, 1, false, false)]) AS st)
