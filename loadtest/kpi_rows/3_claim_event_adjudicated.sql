-- Rows of claim_event_adjudicated.
INSERT INTO claim_event_relay (tenant_id, event_type, subject_id, revision, sign, event_id, claim_id, lineage_id,
    source, _hash, kafka_log, kafka_topic, kafka_offset, ingested_at, as_of, payer_id, claim_type, provider_specialty,
    rendering_npi,  outcome, adjudicated_on, received_on, first_adjudication, adjudication_number, payer_level,
    zero_pay, auto_posted, approval_probability, model_version, payer_lag_days, payer_cycle_days, post_lag_hours,
    claims_delta, charge_cents_delta, paid_cents_delta, underpaid_cents_delta, priced_expected_cents_delta,
    priced_lines_delta, paid_lines_delta)
SELECT 'bench', 'adjudicated', concat('remit-', claim), 1, 1, claim, claim, lineage,
    'bench', hash, 'log', 'bench', n, toDateTime64(paid_on + 1, 6, 'UTC'), toDateTime64(paid_on + 1, 6, 'UTC'),
    payer, kind, specialty, npi, if(denied, 'denied', 'paid'), paid_on, paid_on + 1, 1, 1, 'P', denied,
    lag % 10 != 0, probability, 'm-1', lag, lag + 5, lag % 30, 1, charge, if(denied, 0, expected),
    if(lag % 9 = 0, 500, 0), expected, 3, 3
FROM (/* claims */) WHERE answered
