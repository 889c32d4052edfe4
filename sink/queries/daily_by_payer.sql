-- One row for each day and payer: volumes in claims and cents, rates as sums divided by sums.
SELECT
    day,
    payer_id,
    sum(k.claims) AS claims,
    sum(k.charge_cents) AS charge_cents,
    sum(k.expected_cents) AS expected_cents,
    sum(k.at_risk_cents) AS at_risk_cents,
    sum(k.clean_claims) / nullIf(sum(k.claims), 0) AS clean_claim_rate_edit_level,
    sum(k.error_claims) / nullIf(sum(k.claims), 0) AS error_claim_rate,
    sum(k.approval_probability_sum) / nullIf(sum(k.claims), 0) AS mean_approval_probability,
    max(k.as_of) AS as_of
FROM kpi_screening_daily AS k
WHERE tenant_id = {tenant:String}
  AND basis = 'submitted'
  AND day BETWEEN {first_day:Date} AND {last_day:Date}
GROUP BY day, payer_id
ORDER BY day, payer_id
