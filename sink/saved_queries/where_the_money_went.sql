-- title: Where the charges went
-- question: For each payer: of what was billed, how much was paid, allowed, left to patients, contractual, written off, still open?
-- reads: claim_lineage
SELECT
    payer_id,
    count() AS bills,
    sum(l.charge_cents) AS charge_cents,
    sum(l.net_paid_cents) AS net_paid_cents,
    sum(l.patient_responsibility_cents) AS patient_cents,
    sum(l.contractual_cents) AS contractual_cents,
    sum(l.written_off_cents) AS written_off_cents,
    sum(l.takeback_cents) AS taken_back_cents,
    sum(l.open_balance_cents) AS open_cents
FROM claim_lineage AS l FINAL
WHERE tenant_id = {tenant:String} AND NOT voided AND toDate(first_submitted_at) BETWEEN {from:Date} AND {to:Date}
GROUP BY payer_id
ORDER BY charge_cents DESC, payer_id
LIMIT {limit:UInt32}
