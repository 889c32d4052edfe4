-- title: Surprises of the model
-- question: Which bills were denied although the model gave the attempt at least four chances in five?
-- reads: adjudication_current
SELECT
    lineage_id,
    payer_id,
    model_version,
    approval_probability,
    primary_carc AS carc,
    paid_on AS denied_on,
    charge_cents
FROM adjudication_current
WHERE tenant_id = {tenant:String} AND kind = 'claim' AND NOT voided AND first_adjudication AND outcome = 'denied'
  AND approval_probability >= 0.8 AND paid_on BETWEEN {from:Date} AND {to:Date}
ORDER BY approval_probability DESC, charge_cents DESC, lineage_id
LIMIT {limit:UInt32}
