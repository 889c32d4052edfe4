-- title: Denied though clean
-- question: Which reasons deny claims that passed all edits? Each is a candidate for a new rule.
-- reads: claim_lineage
SELECT
    payer_id,
    first_carc AS carc,
    first_root_cause_group AS root_cause_group,
    count() AS denials,
    sum(charge_cents) AS charge_cents
FROM claim_lineage FINAL
WHERE tenant_id = {tenant:String} AND NOT voided AND first_screening_passed AND first_outcome = 'denied'
  AND first_adjudicated_on BETWEEN {from:Date} AND {to:Date}
GROUP BY payer_id, carc, root_cause_group
ORDER BY denials DESC, payer_id, carc
LIMIT {limit:UInt32}
