-- How the expected allowed amount of a line came about, and the value that a finding is about.
ALTER TABLE claims_line
    ADD COLUMN price_basis LowCardinality(String) DEFAULT 'none' COMMENT 'contract, fee_schedule, model or none',
    ADD COLUMN price_steps Array(Tuple(step String, factor_e4 Nullable(Int64), amount_cents Int64)) COMMENT 'Build-up of expected_allowed_cents in order: what was done, factor in ten-thousandths (NULL where the step sets an amount), amount after it in cents';

ALTER TABLE claim_findings
    ADD COLUMN value Nullable(String) COMMENT 'What stands at the path, where it identifies nobody';
