-- The rules that fire most, with the claims and dollars they touch. A claim counts under each of its rules.
SELECT
    rule_id,
    severity,
    sum(f.findings) AS findings,
    sum(f.claims) AS claims,
    sum(f.charge_cents) AS charge_cents
FROM kpi_findings_daily AS f
WHERE tenant_id = {tenant:String}
  AND basis = 'submitted'
  AND day BETWEEN {first_day:Date} AND {last_day:Date}
GROUP BY rule_id, severity
ORDER BY claims DESC, rule_id, severity
LIMIT {limit:UInt32}
