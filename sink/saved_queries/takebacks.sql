-- title: Takebacks by payer and month
-- question: How much did payers take back, by reversal or at provider level, and how much of it has no claim yet?
-- reads: adjudication
SELECT
    payer_id,
    toStartOfMonth(paid_on) AS month,
    if(kind = 'claim', 'reversal', ifNull(plb_reason_code, '')) AS reason,
    sum(sign) AS takebacks,
    sum(sign * a.takeback_cents) AS taken_cents,
    sum(sign * a.takeback_unassigned_cents) AS unassigned_cents
FROM adjudication AS a
WHERE tenant_id = {tenant:String} AND a.takeback_cents != 0 AND paid_on BETWEEN {from:Date} AND {to:Date}
GROUP BY payer_id, month, reason
HAVING takebacks > 0
ORDER BY month, taken_cents DESC, payer_id, reason
LIMIT {limit:UInt32}
