-- title: Open denials, the most valuable first
-- question: Which denied bills can still bring most, why were they denied, and how long have they lain?
-- reads: claim_lineage
SELECT
    lineage_id,
    payer_id,
    first_carc AS carc,
    first_root_cause_group AS root_cause_group,
    first_adjudicated_on AS denied_on,
    dateDiff('day', first_adjudicated_on, toDate32({to:Date})) AS days_open,
    denied_cents,
    greatest(0, ifNull(expected_allowed_cents, 0) - paid_cents - patient_responsibility_cents) AS recoverable_cents,
    queues
FROM claim_lineage FINAL
WHERE tenant_id = {tenant:String} AND NOT voided AND NOT closed AND denied_cents > 0
  AND first_adjudicated_on BETWEEN {from:Date} AND {to:Date}
ORDER BY recoverable_cents DESC, denied_cents DESC, lineage_id
LIMIT {limit:UInt32}
