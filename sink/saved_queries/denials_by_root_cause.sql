-- title: Initial denials by payer and root cause
-- question: What do payers deny at first sight, and how much of it was recovered or written off?
-- reads: claim_lineage
SELECT
    payer_id,
    first_root_cause_group AS root_cause_group,
    count() AS denials,
    sum(charge_cents) AS charge_cents,
    countIf(resolution = 'recovered') AS recovered,
    sum(l.recovered_cents) AS recovered_cents,
    countIf(resolution = 'written_off') AS written_off,
    sum(l.written_off_cents) AS written_off_cents
FROM claim_lineage AS l FINAL
WHERE tenant_id = {tenant:String} AND NOT voided AND first_outcome = 'denied'
  AND first_adjudicated_on BETWEEN {from:Date} AND {to:Date}
GROUP BY payer_id, root_cause_group
ORDER BY denials DESC, payer_id, root_cause_group
LIMIT {limit:UInt32}
