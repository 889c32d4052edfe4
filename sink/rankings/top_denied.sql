-- What the first adjudications deny, ranked by the expected allowed amount that is lost. Lines, signed: exact at any time.
SELECT
    ifNull(toString({by:Identifier}), '') AS key,
    sumIf(sign, denied) AS denied_lines,
    sum(sign) AS lines,
    if({by:String} = 'carc', NULL, denied_lines / nullIf(lines, 0)) AS denial_rate,
    sumIf(sign * expected_allowed_cents, denied) AS lost_expected_cents,
    sumIf(sign * charge_cents, denied) AS lost_billed_cents
FROM adjudication_line
WHERE tenant_id = {tenant:String}
  AND first_adjudication
  AND paid_on BETWEEN {from:Date} AND {to:Date}
  AND as_of < toDateTime64(toDate32({as_of:Date}) + 1, 6, 'UTC')
GROUP BY key
HAVING denied_lines > 0
ORDER BY lost_expected_cents DESC, lost_billed_cents DESC, key
LIMIT {limit:UInt32}
