-- title: Rules against outcomes
-- question: How often were claims denied on which a rule fired? Rules that denials do not follow cost work for nothing.
-- reads: claim_findings, adjudication_current
SELECT
    f.rule_id AS rule_id,
    any(f.severity) AS severity,
    uniqExact(f.claim_id) AS answered_claims,
    uniqExactIf(f.claim_id, a.outcome = 'denied') AS denied_claims,
    denied_claims / nullIf(answered_claims, 0) AS denied_share
FROM claim_findings AS f FINAL
INNER JOIN (
    SELECT tenant_id, claim_event_id, outcome
    FROM adjudication_current
    WHERE tenant_id = {tenant:String} AND kind = 'claim' AND first_adjudication
      AND paid_on BETWEEN {from:Date} AND {to:Date}
) AS a ON a.tenant_id = f.tenant_id AND a.claim_event_id = f.event_id
WHERE f.tenant_id = {tenant:String}
GROUP BY rule_id
ORDER BY answered_claims DESC, rule_id
LIMIT {limit:UInt32}
