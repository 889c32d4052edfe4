-- title: Reasons of front-end rejections
-- question: Why do clearinghouses and payers return claims before adjudication (277CA A3, A6, A7, A8)?
-- reads: ack_277ca
SELECT
    payer_id,
    status.category_code AS category_code,
    status.status_code AS status_code,
    status.entity_code AS entity_code,
    uniqExact(subject_token) AS claims
FROM ack_277ca FINAL
ARRAY JOIN statuses AS status
WHERE tenant_id = {tenant:String} AND level = 'claim' AND status.category_code IN ('A3', 'A6', 'A7', 'A8')
  AND toDate(received_at) BETWEEN {from:Date} AND {to:Date}
GROUP BY payer_id, category_code, status_code, entity_code
ORDER BY claims DESC, payer_id, category_code, status_code, entity_code
LIMIT {limit:UInt32}
