-- title: Claims by kind of payer as it was then
-- question: How many claims and dollars went to each kind of payer, as the payer was known on the day of submission?
-- reads: claims_header, dim_payer
SELECT
    p.payer_type AS payer_type,
    count() AS claims,
    sum(h.total_charge_cents) AS charge_cents,
    sum(ifNull(h.expected_allowed_cents, 0)) AS expected_cents
FROM (
    SELECT tenant_id, ifNull(claims_header.payer_id, '') AS payer, toDate(submitted_at) AS day, total_charge_cents,
        expected_allowed_cents
    FROM claims_header FINAL
    WHERE tenant_id = {tenant:String} AND toDate(submitted_at) BETWEEN {from:Date} AND {to:Date}
) AS h
ASOF LEFT JOIN dim_payer AS p ON p.tenant_id = h.tenant_id AND p.payer_id = h.payer AND p.valid_from <= h.day
GROUP BY payer_type
ORDER BY claims DESC, payer_type
LIMIT {limit:UInt32}
