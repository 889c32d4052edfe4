-- What an insert into claim_event costs: each view takes some ten milliseconds of it, however few rows it brings. Two
-- views fill kpi_daily in place of fifteen, and the views that a screened claim says nothing to hang on a relay, which they
-- see only when something passes. The rows are the same, so what is there stays. Stop the sink before: a range that broke
-- off is to be finished by the views that began it.
DROP VIEW IF EXISTS kpi_screened_mv;

DROP VIEW IF EXISTS kpi_submitted_mv;

DROP VIEW IF EXISTS kpi_first_event_mv;

DROP VIEW IF EXISTS kpi_first_adjudication_mv;

DROP VIEW IF EXISTS kpi_denied_mv;

DROP VIEW IF EXISTS kpi_resolved_mv;

DROP VIEW IF EXISTS kpi_service_mv;

DROP VIEW IF EXISTS kpi_closed_mv;

DROP VIEW IF EXISTS kpi_277ca_mv;

DROP VIEW IF EXISTS kpi_sla_999_mv;

DROP VIEW IF EXISTS kpi_sla_277ca_mv;

DROP VIEW IF EXISTS kpi_remit_mv;

DROP VIEW IF EXISTS kpi_received_mv;

DROP VIEW IF EXISTS kpi_999_mv;

DROP VIEW IF EXISTS kpi_work_due_mv;

DROP VIEW IF EXISTS kpi_lag_daily_mv;

DROP VIEW IF EXISTS kpi_ar_daily_mv;

DROP VIEW IF EXISTS kpi_open_daily_mv;

DROP VIEW IF EXISTS kpi_prediction_daily_mv;

CREATE TABLE claim_event_relay AS claim_event
ENGINE = Null
COMMENT 'Grain: as claim_event. Holds nothing: hands what became of claims (every statement but scored ones) on to the views of its rollups.';

CREATE MATERIALIZED VIEW claim_event_relay_mv TO claim_event_relay AS
SELECT
    tenant_id, event_type, sign, as_of, payer_id, claim_type, provider_specialty, disposition, queue, model_version,
    approval_probability, state, outcome, resolution, submitted_at, screened_on, submitted_on, service_on,
    service_from, charge_posted_on, front_end_rejected_on, adjudicated_on, resolved_on, closed_on, received_on,
    due_on, in_time, first_screening_passed, first_pass_clean, first_pass_resolved, appealed, closed, touch_count,
    first_adjudication, adjudication_number, payer_level, zero_pay, auto_posted, accepted, payer_lag_days,
    accepted_lag_days, payer_cycle_days, post_lag_hours, attempts, claims_delta, charge_cents_delta,
    expected_cents_delta, at_risk_cents_delta, paid_cents_delta, contractual_cents_delta, balance_cents_delta,
    recovered_cents_delta, written_off_cents_delta, open_expected_cents_delta, open_expected_cents,
    underpaid_cents_delta, priced_expected_cents_delta, underpayment_recovered_cents_delta, priced_lines_delta,
    paid_lines_delta
FROM claim_event
WHERE event_type != 'scored';

-- States of lineages. A statement is grouped once for each of its days (b: basis, day), and the sums of a day become its
-- KPIs (c: KPI, numerator, denominator, the same in cents) afterwards. n counts, amounts are signed already, so that a
-- statement taken back takes back what it added.
CREATE MATERIALIZED VIEW kpi_lineage_mv TO kpi_daily AS
SELECT
    tenant_id, c.1 AS kpi, basis, day, split, split_key, '' AS queue, '' AS detail, known_on,
    c.2 AS numerator, c.3 AS denominator, c.4 AS numerator_cents, c.5 AS denominator_cents, as_of
FROM (
    SELECT
        tenant_id, b.1 AS basis, toDate(assumeNotNull(b.2)) AS day, s.1 AS split, s.2 AS split_key,
        toDate(e.as_of) AS known_on, max(e.as_of) AS as_of,
        sum(n) AS claims, sum(charge) AS charged,
        sum(passed * n) AS passed_claims, sum(passed * charge) AS passed_charge,
        sum(ready * n) AS ready_claims, sum(ready * charge) AS ready_charge,
        sum(released * n) AS released_claims, sum(released * charge) AS released_charge,
        sum(waiting * n) AS waiting_claims, sum(waiting * expected) AS waiting_expected, sum(at_risk) AS risked,
        sum(clean * n) AS clean_claims, sum(judged * n) AS judged_claims,
        sum(solved * n) AS solved_claims, sum(answered * n) AS answered_claims,
        sum(denied * n) AS denied_claims, sum(denied * charge) AS denied_charge,
        sum(won * n) AS won_claims, sum(recovered) AS won_cents, sum(ended) AS ended_cents,
        sum(appealed * n) AS appealed_claims, sum(appealed * won * n) AS appealed_won_claims,
        sum(appealed * recovered) AS appealed_won_cents, sum(appealed * ended) AS appealed_ended_cents,
        sum(paid) AS paid_cents, sum(charge - contractual) AS net_charge,
        sum((touches = 0) * n) AS touchless_claims, sum(touches * n) AS touched
    FROM (
        SELECT
            tenant_id, claim_event.as_of AS as_of, payer_id, claim_type, provider_specialty,
            screened_on, submitted_on, adjudicated_on, resolved_on, service_on, closed, closed_on,
            least(ifNull(front_end_rejected_on, adjudicated_on), ifNull(adjudicated_on, front_end_rejected_on)) AS first_event_on,
            claims_delta AS n, charge_cents_delta AS charge, expected_cents_delta AS expected, at_risk_cents_delta AS at_risk,
            paid_cents_delta AS paid, contractual_cents_delta AS contractual, recovered_cents_delta AS recovered,
            recovered_cents_delta + written_off_cents_delta AS ended, touch_count AS touches, appealed,
            first_screening_passed AS passed, disposition = 'ready' AS ready, isNotNull(submitted_at) AS released,
            state = 'screened' AS waiting, ifNull(first_pass_clean, 0) AS clean, isNotNull(first_pass_clean) AS judged,
            ifNull(first_pass_resolved, 0) AS solved, isNotNull(adjudicated_on) AS answered, outcome = 'denied' AS denied,
            resolution = 'recovered' AS won
        FROM claim_event_relay AS claim_event
        WHERE event_type = 'lineage'
    ) AS e
    ARRAY JOIN [
        ('screened', screened_on),
        ('submitted', submitted_on),
        ('first_event', first_event_on),
        ('first_adjudication', adjudicated_on),
        ('remit', if(denied, adjudicated_on, NULL)),
        ('resolved', if(denied, resolved_on, NULL)),
        ('service', if(isNotNull(submitted_on), service_on, NULL)),
        ('closed', if(closed, closed_on, NULL))
    ] AS b
    ARRAY JOIN [('payer', payer_id), ('claim_type', claim_type), ('specialty', provider_specialty)] AS s
    WHERE isNotNull(b.2)
    GROUP BY tenant_id, basis, day, split, split_key, known_on
)
ARRAY JOIN multiIf(
    basis = 'screened', [
        ('clean_claim_rate', passed_claims, claims, passed_charge, charged),
        ('quality_gate_success', ready_claims, claims, ready_charge, charged),
        ('submission_rate', released_claims, claims, released_charge, charged),
        ('dollars_at_risk', waiting_claims, toInt64(0), risked, waiting_expected)
    ],
    basis = 'submitted', [
        ('fpccr', clean_claims, judged_claims, toInt64(0), toInt64(0)),
        ('first_pass_resolution_submitted', solved_claims, claims, toInt64(0), toInt64(0)),
        ('initial_denial_rate', toInt64(0), claims, toInt64(0), charged),
        ('days_in_ar', toInt64(0), claims, toInt64(0), charged),
        ('label_coverage', answered_claims, claims, toInt64(0), toInt64(0))
    ],
    basis = 'first_event', [('fpccr_live', clean_claims, judged_claims, toInt64(0), toInt64(0))],
    basis = 'first_adjudication', [
        ('first_pass_resolution_rate', solved_claims, claims, toInt64(0), toInt64(0)),
        ('initial_denial_rate_live', denied_claims, claims, denied_charge, charged)
    ],
    basis = 'remit', [('initial_denial_rate', claims, toInt64(0), charged, toInt64(0))],
    basis = 'resolved', [
        ('denial_overturn_rate', won_claims, claims, won_cents, ended_cents),
        ('denial_overturn_appealed', appealed_won_claims, appealed_claims, appealed_won_cents, appealed_ended_cents)
    ],
    basis = 'service', [
        ('net_collection_rate', claims, claims, paid_cents, net_charge),
        ('gross_collection_rate', claims, claims, paid_cents, charged)
    ],
    [
        ('touchless_rate', touchless_claims, claims, toInt64(0), toInt64(0)),
        ('touches_per_claim', touched, claims, toInt64(0), toInt64(0))
    ]
) AS c
WHERE c.2 != 0 OR c.3 != 0 OR c.4 != 0 OR c.5 != 0;

-- The attempts of lineages, and all other statements. c: KPI, basis, day, queue, detail, numerator, denominator, the same in
-- cents; without a day an entry does not count.
CREATE MATERIALIZED VIEW kpi_statement_mv TO kpi_daily AS
SELECT
    tenant_id,
    c.1 AS kpi,
    c.2 AS basis,
    toDate(assumeNotNull(c.3)) AS day,
    s.1 AS split,
    s.2 AS split_key,
    c.4 AS queue,
    c.5 AS detail,
    toDate(e.as_of) AS known_on,
    sum(c.6) AS numerator,
    sum(c.7) AS denominator,
    sum(c.8) AS numerator_cents,
    sum(c.9) AS denominator_cents,
    max(e.as_of) AS as_of
FROM (
    SELECT
        tenant_id, claim_event.as_of AS as_of, payer_id, claim_type, provider_specialty,
        claims_delta AS n, charge_cents_delta AS charge, toInt64(0) AS none, toString(queue) AS work_queue,
        outcome = 'denied' AS denied,
        outcome IN ('paid', 'denied', 'partial', 'patient_responsibility') AS decided,
        adjudication_number > 0 AND payer_level = 'P' AS primary,
        multiIf(
            event_type = 'lineage',
            arrayConcat(
                arrayMap(a -> ('rejection_rate_277ca', 'ack', if(a.any_277ca, toDate32(ifNull(a.ack_277ca_at, a.submitted_at)), NULL), '', ifNull(a.ack_277ca_level, ''), a.front_end_rejected * n, n, none, none), attempts),
                arrayMap(a -> ('ack_sla', 'due', toDate32(a.due_999_at), '', '999', ifNull(a.ack_999_at <= a.due_999_at, 0) * n, n, none, none), attempts),
                arrayMap(a -> ('ack_sla', 'due', toDate32(a.due_277ca_at), '', '277CA', ifNull(a.first_277ca_at <= a.due_277ca_at, 0) * n, n, none, none), attempts)
            ),
            event_type = 'adjudicated',
            [
                ('remittance_denial_rate', 'remit', adjudicated_on, '', '', denied * n, decided * n, denied * charge, decided * charge),
                ('primary_denial_rate', 'remit', adjudicated_on, '', '', (primary AND zero_pay) * n, primary * n, none, none),
                ('underpayment_variance', 'remit', adjudicated_on, '', '', (underpaid_cents_delta != 0) * n, (priced_lines_delta != 0) * n, underpaid_cents_delta, priced_expected_cents_delta),
                ('underpayment_coverage', 'remit', adjudicated_on, '', '', priced_lines_delta, paid_lines_delta, none, none),
                ('underpayment_recovered', 'remit', adjudicated_on, '', '', (underpayment_recovered_cents_delta != 0) * n, none, underpayment_recovered_cents_delta, none),
                ('payments', 'remit', adjudicated_on, '', '', n, none, paid_cents_delta, none),
                ('auto_posting_rate', 'received', received_on, '', '', auto_posted * n, n, auto_posted * abs(paid_cents_delta) * sign, abs(paid_cents_delta) * sign)
            ],
            event_type = 'set_acknowledged',
            [('rejection_rate_999', 'ack', received_on, '', '', ifNull(NOT accepted, 0) * n, n, none, none)],
            [('sla_compliance', 'due', due_on, work_queue, '', in_time * n, n, none, none)]
        ) AS entries
    FROM claim_event_relay AS claim_event
) AS e
ARRAY JOIN arrayFilter(x -> isNotNull(x.3) AND (x.6 != 0 OR x.7 != 0 OR x.8 != 0 OR x.9 != 0), entries) AS c
ARRAY JOIN [('payer', payer_id), ('claim_type', claim_type), ('specialty', provider_specialty)] AS s
GROUP BY tenant_id, kpi, basis, day, split, split_key, queue, detail, known_on
HAVING numerator != 0 OR denominator != 0 OR numerator_cents != 0 OR denominator_cents != 0;

CREATE MATERIALIZED VIEW kpi_lag_daily_mv TO kpi_lag_daily AS
SELECT
    tenant_id,
    c.1 AS kpi,
    toDate(assumeNotNull(c.2)) AS day,
    s.1 AS split,
    s.2 AS split_key,
    assumeNotNull(c.3) AS lag,
    toDate(claim_event.as_of) AS known_on,
    sum(claims_delta) AS claims,
    sum(charge_cents_delta) AS charge_cents,
    max(claim_event.as_of) AS as_of
FROM claim_event_relay AS claim_event
ARRAY JOIN arrayFilter(
    x -> isNotNull(x.2) AND isNotNull(x.3),
    if(event_type = 'lineage',
        [
            ('charge_lag', charge_posted_on, toInt32(charge_posted_on) - toInt32(service_from)),
            ('claim_lag', submitted_on, toInt32(submitted_on) - toInt32(charge_posted_on)),
            ('time_to_resolution', if(outcome = 'denied', resolved_on, NULL), toInt32(resolved_on) - toInt32(adjudicated_on))
        ],
        [
            ('payer_lag', if(first_adjudication, adjudicated_on, NULL), payer_lag_days),
            ('accepted_lag', if(first_adjudication, adjudicated_on, NULL), accepted_lag_days),
            ('payer_cycle_time', if(first_adjudication, adjudicated_on, NULL), payer_cycle_days),
            ('remit_to_post_lag', received_on, post_lag_hours)
        ])
) AS c
ARRAY JOIN [('payer', payer_id), ('claim_type', claim_type), ('specialty', provider_specialty)] AS s
WHERE event_type IN ('lineage', 'adjudicated')
GROUP BY tenant_id, kpi, day, split, split_key, lag, known_on
HAVING claims != 0 OR charge_cents != 0;

CREATE MATERIALIZED VIEW kpi_ar_daily_mv TO kpi_ar_daily AS
SELECT
    tenant_id,
    toDate(ifNull(claim_event.service_on, assumeNotNull(claim_event.submitted_on))) AS service_on,
    payer_id,
    toDate(as_of) AS known_on,
    sum(if(balance_cents_delta != 0, claims_delta, 0)) AS lineages,
    sum(balance_cents_delta) AS balance_cents
FROM claim_event_relay AS claim_event
WHERE event_type = 'lineage' AND isNotNull(claim_event.submitted_on)
GROUP BY tenant_id, service_on, payer_id, known_on
HAVING lineages != 0 OR balance_cents != 0;

CREATE MATERIALIZED VIEW kpi_open_daily_mv TO kpi_open_daily AS
SELECT
    tenant_id,
    toDate(assumeNotNull(claim_event.submitted_on)) AS submitted_on,
    payer_id,
    toDate(as_of) AS known_on,
    sum(claims_delta) AS lineages,
    sum(open_expected_cents_delta) AS expected_cents,
    sum(toInt128(open_expected_cents_delta) * open_expected_cents) AS expected_cents_squared
FROM claim_event_relay AS claim_event
WHERE event_type = 'lineage' AND isNotNull(claim_event.submitted_on) AND isNull(adjudicated_on) AND NOT closed
GROUP BY tenant_id, submitted_on, payer_id, known_on
HAVING lineages != 0 OR expected_cents != 0;

CREATE MATERIALIZED VIEW kpi_prediction_daily_mv TO kpi_prediction_daily AS
SELECT
    tenant_id,
    toDate(assumeNotNull(adjudicated_on)) AS day,
    payer_id,
    model_version,
    toUInt8(least(intDiv(e4, 50), 199)) AS bin,
    toDate(as_of) AS known_on,
    sum(claims_delta) AS claims,
    sum(paid * claims_delta) AS paid_claims,
    sum(e4 * claims_delta) AS probability_e4,
    sum((e4 - 10000 * paid) * (e4 - 10000 * paid) * claims_delta) AS squared_error_e8
FROM (
    SELECT *, toInt64(round(assumeNotNull(approval_probability) * 10000)) AS e4, toInt64(outcome != 'denied') AS paid
    FROM claim_event_relay AS claim_event
    WHERE event_type = 'adjudicated' AND first_adjudication AND isNotNull(adjudicated_on) AND isNotNull(approval_probability)
)
GROUP BY tenant_id, day, payer_id, model_version, bin, known_on
HAVING claims != 0 OR probability_e4 != 0 OR paid_claims != 0 OR squared_error_e8 != 0;
