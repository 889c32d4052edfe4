-- title: Silent payers
-- question: Which payers have not answered for more than 30 days, and how much waits for them?
-- reads: claim_lineage
SELECT
    payer_id,
    count() AS bills,
    sum(charge_cents) AS charge_cents,
    sum(ifNull(l.expected_allowed_cents, 0)) AS expected_cents,
    min(toDate(first_submitted_at)) AS oldest_submission,
    countIf(isNotNull(accepted_payer_at)) AS accepted_by_payer,
    countIf(front_end_rejections > 0) AS rejected_at_front_end
FROM claim_lineage AS l FINAL
WHERE tenant_id = {tenant:String} AND NOT voided AND NOT closed AND isNull(first_adjudicated_on)
  AND toDate(first_submitted_at) BETWEEN {from:Date} AND {to:Date} - 30
GROUP BY payer_id
ORDER BY expected_cents DESC, payer_id
LIMIT {limit:UInt32}
