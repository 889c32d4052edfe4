-- title: Underpaid procedures
-- question: On which procedures do payers fall short of the contract, and by how much?
-- reads: adjudication_line
SELECT
    payer_id,
    procedure_code,
    sum(sign) AS lines,
    -sum(sign * variance_cents) AS short_cents,
    sum(sign * expected_allowed_cents) AS expected_cents,
    short_cents / nullIf(expected_cents, 0) AS short_share
FROM adjudication_line
WHERE tenant_id = {tenant:String} AND variance_reason = 'underpaid' AND paid_on BETWEEN {from:Date} AND {to:Date}
GROUP BY payer_id, procedure_code
HAVING lines > 0
ORDER BY short_cents DESC, payer_id, procedure_code
LIMIT {limit:UInt32}
