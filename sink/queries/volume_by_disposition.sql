-- Claims and dollars by disposition: how much is ready, waiting for work, or rejected. Basis: day of submission.
SELECT
    disposition,
    sum(k.claims) AS claims,
    sum(k.charge_cents) AS charge_cents,
    sum(k.expected_cents) AS expected_cents,
    sum(k.at_risk_cents) AS at_risk_cents,
    sum(k.claims) / nullIf(sum(sum(k.claims)) OVER (), 0) AS share_of_claims,
    sum(k.charge_cents) / nullIf(sum(sum(k.charge_cents)) OVER (), 0) AS share_of_charge,
    max(k.as_of) AS as_of
FROM kpi_screening_daily AS k
WHERE tenant_id = {tenant:String}
  AND basis = 'submitted'
  AND day BETWEEN {first_day:Date} AND {last_day:Date}
GROUP BY disposition
ORDER BY claims DESC, disposition
