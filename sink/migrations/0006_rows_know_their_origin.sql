-- Every row says what it came from (_hash) and which lineage it belongs to; comments state unit, PHI class and source topic.
ALTER TABLE claims_header
    ADD COLUMN lineage_id String COMMENT '' AFTER claim_id,
    ADD COLUMN set_token Nullable(String) COMMENT '' AFTER _hash;

ALTER TABLE claims_line
    ADD COLUMN _hash String COMMENT '' AFTER event_id;

ALTER TABLE claim_findings
    ADD COLUMN _hash String COMMENT '' AFTER event_id;

ALTER TABLE claims_header
    COMMENT COLUMN tenant_id 'Customer the claim belongs to [text; phi none; claims.scored]',
    COMMENT COLUMN claim_id 'Claim id, unique within the tenant [text; phi token; claims.scored]',
    COMMENT COLUMN event_id 'Id of the claims.submitted event [text; phi token; claims.scored]',
    COMMENT COLUMN source 'Where the submitted event was made [text; phi none; claims.scored]',
    COMMENT COLUMN _hash 'Lineage: SHA-256 (hex) of the raw bytes the claim came from [text; phi token; claims.scored]',
    COMMENT COLUMN kafka_partition 'Partition of claims.scored [number; phi none; claims.scored]',
    COMMENT COLUMN kafka_offset 'Offset in that partition [number; phi none; claims.scored]',
    COMMENT COLUMN version 'Order of events of one claim: Kafka timestamp in ms * 2^20 + low 20 bits of the offset [number; phi none; claims.scored]',
    COMMENT COLUMN ingested_at 'Kafka timestamp of the scored event, UTC [UTC instant; phi none; claims.scored]',
    COMMENT COLUMN submitted_partition 'Partition of claims.submitted [number; phi none; claims.scored]',
    COMMENT COLUMN submitted_offset 'Offset in that partition [number; phi none; claims.scored]',
    COMMENT COLUMN submitted_at 'Instant of submission, UTC [UTC instant; phi none; claims.scored]',
    COMMENT COLUMN scored_at 'Instant of scoring, UTC [UTC instant; phi none; claims.scored]',
    COMMENT COLUMN claim_type 'professional, institutional or dental [text; phi none; claims.scored]',
    COMMENT COLUMN frequency_code '1 original, 7 replacement, 8 void [text; phi none; claims.scored]',
    COMMENT COLUMN patient_control_token 'Keyed hash of the patient control number [text; phi token; claims.scored]',
    COMMENT COLUMN patient_token 'Keyed hash of the patient [text; phi token; claims.scored]',
    COMMENT COLUMN patient_age_years 'Age in years; 90 stands for 90 and older [number; phi quasi-identifier; claims.scored]',
    COMMENT COLUMN patient_sex 'M, F or U [text; phi quasi-identifier; claims.scored]',
    COMMENT COLUMN patient_state 'State of the address of the patient [text; phi quasi-identifier; claims.scored]',
    COMMENT COLUMN payer_id 'Payer identifier [text; phi none; claims.scored]',
    COMMENT COLUMN payer_type 'Kind of payer [text; phi none; claims.scored]',
    COMMENT COLUMN payer_sequence 'P primary, S secondary, T tertiary [text; phi none; claims.scored]',
    COMMENT COLUMN billing_npi 'NPI of the billing provider [text; phi none; claims.scored]',
    COMMENT COLUMN rendering_npi 'NPI of the rendering provider [text; phi none; claims.scored]',
    COMMENT COLUMN provider_specialty 'Specialty label [text; phi none; claims.scored]',
    COMMENT COLUMN provider_in_network 'Whether the provider is in network [flag; phi none; claims.scored]',
    COMMENT COLUMN place_of_service 'Place of service code [text; phi quasi-identifier; claims.scored]',
    COMMENT COLUMN type_of_bill 'Type of bill code [text; phi quasi-identifier; claims.scored]',
    COMMENT COLUMN principal_diagnosis 'First diagnosis code, ICD-10-CM without dot [text; phi quasi-identifier; claims.scored]',
    COMMENT COLUMN service_from 'First service date [date; phi quasi-identifier; claims.scored]',
    COMMENT COLUMN service_to 'Last service date [date; phi quasi-identifier; claims.scored]',
    COMMENT COLUMN charge_posted_on 'Date the charge was posted [date; phi none; claims.scored]',
    COMMENT COLUMN coder_id 'Coder who worked the claim [text; phi staff; claims.scored]',
    COMMENT COLUMN coding_quality_score 'Points, 0 to 100 [number; phi none; claims.scored]',
    COMMENT COLUMN documentation_score 'Points, 0 to 100 [number; phi none; claims.scored]',
    COMMENT COLUMN processing_minutes 'Minutes spent before submission [minutes; phi none; claims.scored]',
    COMMENT COLUMN touch_count 'Manual touches before submission [number; phi none; claims.scored]',
    COMMENT COLUMN total_charge_cents 'Billed charge, cents [cents; phi none; claims.scored]',
    COMMENT COLUMN disposition 'ready, review or rejected [text; phi none; claims.scored]',
    COMMENT COLUMN queue 'Workqueue; NULL when ready [text; phi none; claims.scored]',
    COMMENT COLUMN priority 'Order in the queue, higher first: expected cents saved per minute of work [number; phi none; claims.scored]',
    COMMENT COLUMN error_count 'Findings of severity error [number; phi none; claims.scored]',
    COMMENT COLUMN warning_count 'Findings of severity warning [number; phi none; claims.scored]',
    COMMENT COLUMN rule_pack_version 'Version of the rule catalogue [text; phi none; claims.scored]',
    COMMENT COLUMN expected_allowed_cents 'Sum of the expected allowed amounts of the lines, cents; NULL when no line was priced [cents; phi none; claims.scored]',
    COMMENT COLUMN rvu_total_e5 'Geographically adjusted relative value units, hundred-thousandths [1e-5 RVU; phi none; claims.scored]',
    COMMENT COLUMN rvu_total 'rvu_total_e5 in relative value units [text; phi none; claims.scored]',
    COMMENT COLUMN rvu_work_e5 'Work relative value units without geographic adjustment, hundred-thousandths [1e-5 RVU; phi none; claims.scored]',
    COMMENT COLUMN rvu_work 'rvu_work_e5 in relative value units [text; phi none; claims.scored]',
    COMMENT COLUMN price_basis 'contract, fee_schedule, model or none [text; phi none; claims.scored]',
    COMMENT COLUMN price_version 'Version of the price book [text; phi none; claims.scored]',
    COMMENT COLUMN approval_probability 'Probability that the first adjudication pays, 0 to 1 [0 to 1; phi none; claims.scored]',
    COMMENT COLUMN scored_by 'model or rules [text; phi none; claims.scored]',
    COMMENT COLUMN model_version 'Approval model name and version, or rules-N [text; phi none; claims.scored]',
    COMMENT COLUMN reason_model_version 'Reason model name and version; empty when reasons come from the rules [text; phi none; claims.scored]',
    COMMENT COLUMN feature_hash 'Hash of the feature names in order [text; phi none; claims.scored]',
    COMMENT COLUMN denial_reasons 'Most likely denial reasons, best first [list; phi none; claims.scored]',
    COMMENT COLUMN denial_reason_probabilities 'Probability of each of denial_reasons given a denial, 0 to 1 [0 to 1; phi none; claims.scored]',
    COMMENT COLUMN lineage_id 'Billing NPI, patient control token and payer level, joined by a colon: one lineage holds all attempts of a claim [text; phi token; claims.scored]',
    COMMENT COLUMN set_token 'Keyed hash of the control numbers of the transaction set, to find its 999 [text; phi token; claims.scored]';

ALTER TABLE claims_line
    COMMENT COLUMN tenant_id 'Customer the claim belongs to [text; phi none; claims.scored]',
    COMMENT COLUMN claim_id 'Claim id, unique within the tenant [text; phi token; claims.scored]',
    COMMENT COLUMN event_id 'Id of the claims.submitted event; lines of an older event stay under its own id [text; phi token; claims.scored]',
    COMMENT COLUMN line_number 'Service line number, LX01 [number; phi none; claims.scored]',
    COMMENT COLUMN version 'As in claims_header [number; phi none; claims.scored]',
    COMMENT COLUMN ingested_at 'Kafka timestamp of the scored event, UTC [UTC instant; phi none; claims.scored]',
    COMMENT COLUMN procedure_code 'Procedure code [text; phi quasi-identifier; claims.scored]',
    COMMENT COLUMN modifiers 'Modifiers in order [list; phi quasi-identifier; claims.scored]',
    COMMENT COLUMN revenue_code 'Revenue code [text; phi quasi-identifier; claims.scored]',
    COMMENT COLUMN charge_cents 'Line charge, cents [cents; phi none; claims.scored]',
    COMMENT COLUMN units 'Units of service; X12 allows fractions [number; phi none; claims.scored]',
    COMMENT COLUMN place_of_service 'Place of service used for pricing [text; phi quasi-identifier; claims.scored]',
    COMMENT COLUMN service_from 'Service date [date; phi quasi-identifier; claims.scored]',
    COMMENT COLUMN expected_allowed_cents 'Expected allowed amount, cents; NULL when not priced [cents; phi none; claims.scored]',
    COMMENT COLUMN rvu_total_e5 'Geographically adjusted relative value units, hundred-thousandths [1e-5 RVU; phi none; claims.scored]',
    COMMENT COLUMN rvu_total 'rvu_total_e5 in relative value units [text; phi none; claims.scored]',
    COMMENT COLUMN rvu_work_e5 'Work relative value units, hundred-thousandths [1e-5 RVU; phi none; claims.scored]',
    COMMENT COLUMN rvu_work 'rvu_work_e5 in relative value units [text; phi none; claims.scored]',
    COMMENT COLUMN price_status 'priced, or the reason why there is no price [text; phi none; claims.scored]',
    COMMENT COLUMN _hash 'Lineage: SHA-256 (hex) of the raw bytes the claim came from [text; phi token; claims.scored]',
    COMMENT COLUMN price_basis 'contract, fee_schedule, model or none [text; phi none; claims.scored]',
    COMMENT COLUMN price_steps 'Build-up of expected_allowed_cents in order: what was done, factor in ten-thousandths (NULL where the step sets an amount), amount after it in cents [list; phi none; claims.scored]';

ALTER TABLE claim_findings
    COMMENT COLUMN tenant_id 'Customer the claim belongs to [text; phi none; claims.scored]',
    COMMENT COLUMN claim_id 'Claim id, unique within the tenant [text; phi token; claims.scored]',
    COMMENT COLUMN event_id 'Id of the claims.submitted event [text; phi token; claims.scored]',
    COMMENT COLUMN finding_number 'Position of the finding in its event, from 1 [number; phi none; claims.scored]',
    COMMENT COLUMN version 'As in claims_header [number; phi none; claims.scored]',
    COMMENT COLUMN ingested_at 'Kafka timestamp of the scored event, UTC [UTC instant; phi none; claims.scored]',
    COMMENT COLUMN line_number 'Service line; NULL for the claim as a whole [number; phi none; claims.scored]',
    COMMENT COLUMN rule_id 'Rule that fired [text; phi none; claims.scored]',
    COMMENT COLUMN severity 'error, warning or info [text; phi none; claims.scored]',
    COMMENT COLUMN message 'What is wrong, in plain words, without identifying data [text; phi none; claims.scored]',
    COMMENT COLUMN path 'X12 path of the offending element [text; phi none; claims.scored]',
    COMMENT COLUMN _hash 'Lineage: SHA-256 (hex) of the raw bytes the claim came from [text; phi token; claims.scored]',
    COMMENT COLUMN value 'What stands at the path, where it identifies nobody [text; phi none; claims.scored]';

ALTER TABLE dead_letters
    COMMENT COLUMN event_id 'topic/partition/offset of the message that was given up: a replay carries the same id [text; phi token; claims.dead-letter]',
    COMMENT COLUMN tenant_id 'Customer; empty when it could not be read [text; phi none; claims.dead-letter]',
    COMMENT COLUMN source 'Process that gave the message up [text; phi none; claims.dead-letter]',
    COMMENT COLUMN _hash 'SHA-256 (hex) of the raw bytes [text; phi token; claims.dead-letter]',
    COMMENT COLUMN kafka_partition 'Partition of claims.dead-letter [number; phi none; claims.dead-letter]',
    COMMENT COLUMN kafka_offset 'Offset in that partition [number; phi none; claims.dead-letter]',
    COMMENT COLUMN version 'As in claims_header [number; phi none; claims.dead-letter]',
    COMMENT COLUMN ingested_at 'Kafka timestamp of the dead letter, UTC [UTC instant; phi none; claims.dead-letter]',
    COMMENT COLUMN source_topic 'Topic the message was read from [text; phi none; claims.dead-letter]',
    COMMENT COLUMN source_partition 'Partition of that topic [number; phi none; claims.dead-letter]',
    COMMENT COLUMN source_offset 'Offset in that partition [number; phi none; claims.dead-letter]',
    COMMENT COLUMN schema_id 'Schema id in the framing, when there was one [number; phi none; claims.dead-letter]',
    COMMENT COLUMN stage 'Step that failed [text; phi none; claims.dead-letter]',
    COMMENT COLUMN error_class 'Class of the error [text; phi none; claims.dead-letter]',
    COMMENT COLUMN reason 'What went wrong, without payload or identifying data [text; phi none; claims.dead-letter]',
    COMMENT COLUMN remedy 'What the operator can do [text; phi none; claims.dead-letter]',
    COMMENT COLUMN failed_at 'Instant of the failure, UTC [UTC instant; phi none; claims.dead-letter]',
    COMMENT COLUMN sealed_payload 'AES-256-GCM envelope of the raw message value [text; phi sealed; claims.dead-letter]';

ALTER TABLE sink_ranges
    COMMENT COLUMN log_id 'Identity of the topic: changes when the topic is made anew, so that offsets never repeat [text; phi none; the sink itself]',
    COMMENT COLUMN group_id 'Consumer group of the sink [text; phi none; the sink itself]',
    COMMENT COLUMN topic 'Topic the records were read from [text; phi none; the sink itself]',
    COMMENT COLUMN partition 'Partition of that topic [number; phi none; the sink itself]',
    COMMENT COLUMN state 'claim: a process takes the partition over; intent: the range is about to be inserted; done: it is in every table [text; phi none; the sink itself]',
    COMMENT COLUMN first_offset 'First offset of the range; -1 for a claim [number; phi none; the sink itself]',
    COMMENT COLUMN last_offset 'Last offset of the range that holds a record; -1 for a claim [number; phi none; the sink itself]',
    COMMENT COLUMN records 'Records in the range; fewer than last - first + 1 where transactions left markers [number; phi none; the sink itself]',
    COMMENT COLUMN rows_version 'Version of the rows the range is turned into; 0 for a claim [number; phi none; the sink itself]',
    COMMENT COLUMN epoch 'Number of the ownership, rising with every claim of the partition [number; phi none; the sink itself]',
    COMMENT COLUMN owner 'Random id of the owning process run [text; phi staff; the sink itself]',
    COMMENT COLUMN written_at 'When the step was written; for people, decides nothing [UTC instant; phi none; the sink itself]';

ALTER TABLE dead_letters
    MODIFY COLUMN sealed_payload TTL toDateTime(ingested_at) + INTERVAL 400 DAY;

ALTER TABLE schema_migrations
    COMMENT COLUMN version 'Number of the migration [number; phi none; the sink itself]',
    COMMENT COLUMN name 'Name of the migration [text; phi none; the sink itself]',
    COMMENT COLUMN checksum 'SHA-256 (hex) of the file as it was applied [text; phi none; the sink itself]',
    COMMENT COLUMN statements 'Statements that have been run [number; phi none; the sink itself]',
    COMMENT COLUMN complete 'Whether all statements have been run [flag; phi none; the sink itself]',
    COMMENT COLUMN applied_at 'When the row was written [UTC instant; phi none; the sink itself]';

ALTER TABLE claims_header
    MODIFY SETTING default_compression_codec = 'ZSTD(1)';

ALTER TABLE claims_line
    MODIFY SETTING default_compression_codec = 'ZSTD(1)';

ALTER TABLE claim_findings
    MODIFY SETTING default_compression_codec = 'ZSTD(1)';
