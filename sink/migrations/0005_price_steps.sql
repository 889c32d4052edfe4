-- How the expected allowed amount of a line came about, and the value that a finding is about.
ALTER TABLE claims_line
    ADD COLUMN price_basis LowCardinality(String) DEFAULT 'none' COMMENT 'contract, fee_schedule, model or none',
    ADD COLUMN price_steps Array(Tuple(step String, factor_e4 Nullable(Int64), amount_cents Int64)) COMMENT 'Build-up of expected_allowed_cents in order: what was done, factor in ten-thousandths (NULL where the step sets an amount), amount after it in cents';

ALTER TABLE claim_findings
    ADD COLUMN value Nullable(String) COMMENT 'What stands at the path, where it identifies nobody';

CREATE VIEW price_build_up AS
SELECT
    tenant_id,
    claim_id,
    event_id,
    line_number,
    step_number,
    price_step.step AS step,
    price_step.factor_e4 / 10000 AS factor,
    price_step.amount_cents AS amount_cents,
    procedure_code,
    modifiers,
    price_basis
FROM claims_line FINAL
ARRAY JOIN price_steps AS price_step, arrayEnumerate(price_steps) AS step_number
COMMENT 'Grain: one row for each step of the price of a service line, in order; the last amount is its expected_allowed_cents.';
