-- The append-only event table, made anew: corrections take back what they replace, so that a claim scored again or a
-- lineage that changes counts once. Everything that is counted hangs on it.
DROP VIEW IF EXISTS kpi_daily_rates;

DROP VIEW IF EXISTS kpi_daily_mv;

DROP VIEW IF EXISTS kpi_findings_daily_mv;

DROP TABLE IF EXISTS kpi_daily;

DROP TABLE IF EXISTS kpi_findings_daily;

DROP TABLE IF EXISTS claim_event;

CREATE TABLE claim_event
(
    tenant_id LowCardinality(String) COMMENT 'Customer the claim belongs to [text; phi none; every topic]',
    event_type LowCardinality(String) COMMENT 'scored: a claim was screened; lineage: the state of a lineage; adjudicated: a claim payment; set_acknowledged: a transaction set got its 999; work_item: a stay in a workqueue [text; phi none; every topic]',
    subject_id String COMMENT 'What the row is about: claim_id, lineage_id, subject_id of claims.adjudicated, subject_token of acks.received, or queue, item and begin of a stay [text; phi token; every topic]',
    revision Int32 COMMENT 'Number of the statement about the same subject, from 1 [number; phi none; every topic]',
    sign Int8 COMMENT '1 states the row, -1 takes back an earlier statement: every delta carries this sign already [number; phi none; every topic]',
    event_id String COMMENT 'Id of the event; a correction made here carries the id of the statement it takes back [text; phi token; every topic]',
    claim_id String COMMENT 'Claim id of the latest attempt; empty where none is known [text; phi token; every topic]',
    lineage_id String COMMENT 'Billing NPI, patient control token and payer level, joined by a colon; empty where none is known [text; phi token; every topic]',
    source LowCardinality(String) COMMENT 'Where the event was made [text; phi none; every topic]',
    _hash String COMMENT 'Lineage: SHA-256 (hex) of the raw bytes the event came from [text; phi token; every topic]',
    kafka_log LowCardinality(String) COMMENT 'Identity of the topic the event was read from [text; phi none; every topic]',
    kafka_topic LowCardinality(String) COMMENT 'Name of that topic [text; phi none; every topic]',
    kafka_partition Int32 COMMENT 'Partition of that topic [number; phi none; every topic]',
    kafka_offset Int64 COMMENT 'Offset in that partition [number; phi none; every topic]',
    ingested_at DateTime64(6, 'UTC') COMMENT 'Kafka timestamp of the event [UTC instant; phi none; every topic]' CODEC(Delta, ZSTD(1)),
    as_of DateTime64(6, 'UTC') COMMENT 'When this became known: scoring, or receipt of the input that changed the state [UTC instant; phi none; every topic]' CODEC(Delta, ZSTD(1)),
    payer_id LowCardinality(String) COMMENT 'Payer identifier; empty when unknown [text; phi none; every topic]',
    payer_type LowCardinality(String) COMMENT 'Kind of payer; empty when unknown [text; phi none; every topic]',
    claim_type LowCardinality(String) COMMENT 'professional, institutional or dental; empty when unknown [text; phi none; every topic]',
    provider_specialty LowCardinality(String) COMMENT 'Specialty label; empty when unknown [text; phi none; every topic]',
    rendering_npi LowCardinality(String) COMMENT 'NPI of the rendering provider; empty when unknown [text; phi none; every topic]',
    disposition LowCardinality(String) COMMENT 'scored: ready, review or rejected; lineage: of the first attempt [text; phi none; claims.scored, claims.lineage]',
    queue LowCardinality(String) COMMENT 'Workqueue; empty when ready [text; phi none; claims.scored, workqueue topics]',
    scored_by LowCardinality(String) COMMENT 'model or rules [text; phi none; claims.scored]',
    model_version LowCardinality(String) COMMENT 'Approval model that gave approval_probability [text; phi none; claims.scored, claims.adjudicated]',
    approval_probability Nullable(Float64) COMMENT 'Probability that the first adjudication pays [0 to 1; phi none; claims.scored, claims.adjudicated]',
    state LowCardinality(String) COMMENT 'State of the lineage [text; phi none; claims.lineage]',
    outcome LowCardinality(String) COMMENT 'lineage: of the first adjudication; adjudicated: of the row [text; phi none; claims.lineage, claims.adjudicated]',
    resolution LowCardinality(String) COMMENT 'How an initial denial ended: recovered or written_off [text; phi none; claims.lineage]',
    root_cause_group LowCardinality(String) COMMENT 'Root-cause group of the primary denial reason [text; phi none; claims.lineage, claims.adjudicated]',
    carc LowCardinality(String) COMMENT 'Primary denial reason [text; phi none; claims.lineage, claims.adjudicated]',
    submitted_at Nullable(DateTime64(6, 'UTC')) COMMENT 'scored: instant of submission; lineage: of the first released attempt [UTC instant; phi none; claims.scored, claims.lineage]',
    screened_on Nullable(Date32) COMMENT 'Day the first attempt was screened [date; phi none; claims.lineage]',
    submitted_on Nullable(Date32) COMMENT 'Day the first attempt was handed to a clearinghouse [date; phi none; claims.lineage]',
    service_on Nullable(Date32) COMMENT 'Last service date, else the first [date; phi quasi-identifier; claims.lineage, claims.adjudicated]',
    service_from Nullable(Date32) COMMENT 'First service date [date; phi quasi-identifier; claims.lineage]',
    charge_posted_on Nullable(Date32) COMMENT 'Day the charge was posted [date; phi none; claims.lineage]',
    front_end_rejected_on Nullable(Date32) COMMENT 'Day of the first front-end rejection [date; phi none; claims.lineage]',
    adjudicated_on Nullable(Date32) COMMENT 'lineage: payment date of the first adjudication; adjudicated: payment date of the row (BPR16) [date; phi none; claims.lineage, claims.adjudicated]',
    resolved_on Nullable(Date32) COMMENT 'Day the initial denial was recovered or written off [date; phi none; claims.lineage]',
    closed_on Nullable(Date32) COMMENT 'Day nothing was left to be done [date; phi none; claims.lineage]',
    received_on Nullable(Date32) COMMENT 'Day the 835 or the 999 was received [date; phi none; claims.adjudicated, acks.received]',
    due_on Nullable(Date32) COMMENT 'Day by which the item should be finished [date; phi none; workqueue topics]',
    in_time Bool COMMENT 'Whether the item was finished by the instant it was due [flag; phi none; workqueue topics]',
    item_revision Int32 COMMENT 'Number that correlation gave to the statement about the item [number; phi none; workqueue topics]',
    first_screening_passed Bool COMMENT 'First attempt ready, no finding of severity error or warning, no manual touch [flag; phi none; claims.lineage]',
    first_pass_clean Nullable(Bool) COMMENT 'Attempt 1: 999 not rejected, no front-end rejection, first adjudication not denied [flag; phi none; claims.lineage, claims.adjudicated]',
    first_pass_resolved Nullable(Bool) COMMENT 'First adjudication on attempt 1, paid or moved to the patient [flag; phi none; claims.lineage]',
    appealed Bool COMMENT 'Whether an appeal or corrected claim was sent after the first denial [flag; phi none; claims.lineage]',
    closed Bool COMMENT 'Whether nothing is left to be done [flag; phi none; claims.lineage]',
    touch_count Int32 COMMENT 'Manual touches: before submission and every workqueue action since [number; phi none; claims.lineage]',
    first_adjudication Bool COMMENT 'Whether the row is the first adjudication of its lineage [flag; phi none; claims.adjudicated]',
    adjudication_number Int32 COMMENT 'Position among the adjudications of the lineage, from 1; 0 for reversals and the like [number; phi none; claims.adjudicated]',
    payer_level LowCardinality(String) COMMENT 'P primary, S secondary, T tertiary; empty when unknown [text; phi none; claims.adjudicated]',
    zero_pay Bool COMMENT 'Whether the claim payment is zero [flag; phi none; claims.adjudicated]',
    auto_posted Bool COMMENT 'Balanced, matched, without exception: no person is needed to post it [flag; phi none; claims.adjudicated]',
    accepted Nullable(Bool) COMMENT 'Verdict of the 999 on the set [flag; phi none; acks.received]',
    payer_lag_days Nullable(Int32) COMMENT 'Days from the first submission of the lineage to payment date [days; phi none; claims.adjudicated]',
    accepted_lag_days Nullable(Int32) COMMENT 'Days from acceptance into adjudication (A2) to payment date [days; phi none; claims.adjudicated]',
    payer_cycle_days Nullable(Int32) COMMENT 'Days from first service date to payment date [days; phi none; claims.adjudicated]',
    post_lag_hours Nullable(Int32) COMMENT 'Whole hours from receipt of the 835 to posting [number; phi none; claims.adjudicated]',
    attempts Array(Tuple(submitted_at DateTime64(6, 'UTC'), due_999_at Nullable(DateTime64(6, 'UTC')), ack_999_at Nullable(DateTime64(6, 'UTC')), due_277ca_at Nullable(DateTime64(6, 'UTC')), ack_277ca_at Nullable(DateTime64(6, 'UTC')), ack_277ca_level Nullable(String), first_277ca_at Nullable(DateTime64(6, 'UTC')), any_277ca Bool, front_end_rejected Bool)) COMMENT 'Released attempts with their acknowledgements [flag; phi none; claims.lineage]',
    claims_delta Int64 COMMENT 'Signed count: of claims (scored), lineages that are not void, claim payments of lineages that are not void, sets or stays [number; phi none; every topic]',
    clean_claims_delta Int64 COMMENT 'Signed number of claims with disposition ready, no error and no manual touch [number; phi none; claims.scored]',
    error_claims_delta Int64 COMMENT 'Signed number of claims with at least one finding of severity error [number; phi none; claims.scored]',
    priced_claims_delta Int64 COMMENT 'Signed number of claims with an expected allowed amount [number; phi none; claims.scored]',
    errors_delta Int64 COMMENT 'Signed number of findings of severity error [number; phi none; claims.scored]',
    warnings_delta Int64 COMMENT 'Signed number of findings of severity warning [number; phi none; claims.scored]',
    approval_probability_delta Float64 COMMENT 'Signed approval probability, to be summed and divided by claims [0 to 1; phi none; claims.scored]',
    charge_cents_delta Int64 COMMENT 'Signed billed charge [cents; phi none; every topic]',
    priced_charge_cents_delta Int64 COMMENT 'Signed billed charge of priced claims [cents; phi none; claims.scored]',
    expected_cents_delta Int64 COMMENT 'Signed expected allowed amount; 0 when not priced [cents; phi none; claims.scored, claims.lineage]',
    at_risk_cents_delta Int64 COMMENT 'Signed (1 - approval probability) * expected allowed amount, rounded half up; of lineages only while not released [cents; phi none; claims.scored, claims.lineage]',
    paid_cents_delta Int64 COMMENT 'lineage: signed payments net of reversals; adjudicated: signed payment of the row [cents; phi none; claims.lineage, claims.adjudicated]',
    contractual_cents_delta Int64 COMMENT 'Signed contractual adjustments [cents; phi none; claims.lineage, claims.adjudicated]',
    balance_cents_delta Int64 COMMENT 'Signed open balance of a submitted lineage: charge less payments, patient part, contractual and written off [cents; phi none; claims.lineage]',
    recovered_cents_delta Int64 COMMENT 'Signed amount recovered of the initial denial [cents; phi none; claims.lineage]',
    written_off_cents_delta Int64 COMMENT 'Signed amount written off as denial [cents; phi none; claims.lineage]',
    open_expected_cents_delta Int64 COMMENT 'Signed approval probability * expected allowed amount of a submitted lineage without adjudication, rounded [cents; phi none; claims.lineage]',
    open_expected_cents Int64 COMMENT 'The same without sign, for its square [cents; phi none; claims.lineage]',
    denied_cents_delta Int64 COMMENT 'Signed amount of the adjustments that deny [cents; phi none; claims.lineage, claims.adjudicated]',
    underpaid_cents_delta Int64 COMMENT 'Signed expected less allowed of the lines underpaid beyond both floors [cents; phi none; claims.adjudicated]',
    priced_expected_cents_delta Int64 COMMENT 'Signed expected amount of the lines that can be compared [cents; phi none; claims.adjudicated]',
    underpayment_recovered_cents_delta Int64 COMMENT 'Signed final allowed less allowed at the first underpaid remittance [cents; phi none; claims.adjudicated]',
    priced_lines_delta Int64 COMMENT 'Signed number of lines that can be compared with an expected amount [number; phi none; claims.adjudicated]',
    paid_lines_delta Int64 COMMENT 'Signed number of lines that are not denied [number; phi none; claims.adjudicated]',
    takeback_cents_delta Int64 COMMENT 'Signed amount taken back [cents; phi none; claims.adjudicated]',
    finding_rule_ids Array(LowCardinality(String)) COMMENT 'Rules that fired, each once, in alphabetical order [list; phi none; claims.scored]',
    finding_severities Array(LowCardinality(String)) COMMENT 'Severity of each of finding_rule_ids [list; phi none; claims.scored]',
    finding_counts Array(Int64) COMMENT 'Signed number of findings of each of finding_rule_ids [list; phi none; claims.scored]'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(ingested_at)
ORDER BY (tenant_id, event_type, subject_id, revision, sign)
SETTINGS non_replicated_deduplication_window = 10000, default_compression_codec = 'ZSTD(1)'
COMMENT 'Grain: one row for each statement about a claim, a lineage, a claim payment, a transaction set or a stay in a workqueue, with signed amounts. Never updated; sums over any set of rows are exact.';
