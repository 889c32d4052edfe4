-- title: Charge lag
-- definition: Days from the first service date to the posting of the charge; share_above_3 counts late charges. The
--   value is the median: the smallest lag that at least half do not exceed; p90 likewise.
-- numerator: sum of the lags
-- denominator: claims with both dates
-- basis: day the charge was posted
-- source: HFMA MAP Keys CL-2 counts late charges in dollars
-- unit: days
-- by: total, payer, claim_type, specialty, day, week, month
-- reads: kpi_lag_daily
SELECT
    key,
    sum(lag * claims) AS numerator,
    sum(claims) AS denominator,
    if(denominator = 0, NULL, quantileExactWeighted(0.5)(lag, toUInt64(claims))) AS value,
    if(denominator = 0, NULL, quantileExactWeighted(0.9)(lag, toUInt64(claims))) AS p90,
    sumIf(claims, lag > 3) / nullIf(sum(claims), 0) AS share_above_3
FROM (
    SELECT toString({by:Identifier}) AS key, lag, sum(k.claims) AS claims
    FROM (
        SELECT
            '' AS total, split_key AS payer_id, split_key AS claim_type, split_key AS provider_specialty, day,
            toMonday(day) AS week, toStartOfMonth(day) AS month, lag, claims
        FROM kpi_lag_daily
        WHERE tenant_id = {tenant:String} AND split = {split:String} AND kpi = 'charge_lag'
          AND day BETWEEN {from:Date} AND {to:Date}
          AND known_on <= {as_of:Date}
    ) AS k
    GROUP BY key, lag
    HAVING claims > 0
)
GROUP BY key
ORDER BY key
