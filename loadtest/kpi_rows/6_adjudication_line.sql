-- Rows of adjudication_line.
INSERT INTO adjudication_line (tenant_id, event_id, _hash, sign, revision, as_of, subject_id, lineage_id,
    claim_id, payer_id, claim_type, rendering_npi, provider_specialty, outcome, first_adjudication, paid_on, received_at,
    kafka_offset, ingested_at, line_number, procedure_code, charge_cents, paid_cents, allowed_cents, denied,
    expected_allowed_cents, variance_reason, carc, root_cause_group)
SELECT 'bench', claim, hash, 1, 1, toDateTime64(paid_on, 6, 'UTC'), concat('remit-', claim), lineage, claim, payer, kind,
    npi, specialty, if(denied, 'denied', 'paid'), true, paid_on, toDateTime64(paid_on, 6, 'UTC'), n,
    toDateTime64(paid_on, 6, 'UTC'), line, concat('99', toString(100 + sipHash64(n, 30, line) % 300)), intDiv(charge, 3),
    if(denied, 0, intDiv(expected, 3)), if(denied, 0, intDiv(expected, 3)), denied, intDiv(expected, 3),
    if(denied, 'denied', 'within'), if(denied, toString(lag), NULL), if(denied, 'coding', NULL)
FROM (/* claims */) ARRAY JOIN [1, 2, 3] AS line WHERE answered
