-- Rows of claims_line.
INSERT INTO claims_line (tenant_id, claim_id, event_id, _hash, line_number, version, ingested_at, procedure_code,
    modifiers, charge_cents, units, place_of_service, service_from, expected_allowed_cents, rvu_total_e5, rvu_work_e5,
    price_status, price_basis, price_steps)
SELECT 'bench', claim, hex(sipHash64(n, 20)), hash, line, n, toDateTime64(submitted, 6, 'UTC'),
    concat('99', toString(100 + sipHash64(n, 30, line) % 300)), if(line = 2, ['25'], []), intDiv(charge, 3), 1, '11',
    served, intDiv(expected, 3), 300000, 130000, 'priced', 'fee_schedule', [('fee', NULL, intDiv(expected, 3))]
FROM (/* claims */) ARRAY JOIN [1, 2, 3] AS line
