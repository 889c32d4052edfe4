-- A provider adjustment that is told again (correlation starts again behind its last commit, a topic is read anew) was
-- stored again: claim_event, by which repeated events are known, held claim payments only. It holds both from here on.
ALTER TABLE claim_event COMMENT COLUMN event_type 'scored: a claim was screened; lineage: the state of a lineage; adjudicated: a claim payment; provider_adjusted: a provider-level adjustment, which no rollup counts; set_acknowledged: a transaction set got its 999; work_item: a stay in a workqueue [text; phi none; every topic]';

ALTER TABLE claim_event_relay COMMENT COLUMN event_type 'scored: a claim was screened; lineage: the state of a lineage; adjudicated: a claim payment; provider_adjusted: a provider-level adjustment, which no rollup counts; set_acknowledged: a transaction set got its 999; work_item: a stay in a workqueue [text; phi none; every topic]';

INSERT INTO claim_event
    (tenant_id, event_type, subject_id, revision, sign, event_id, lineage_id, source, _hash, kafka_topic, kafka_partition,
     kafka_offset, ingested_at, as_of, payer_id, outcome, takeback_cents_delta)
SELECT
    tenant_id, 'provider_adjusted', subject_id, revision, sign, event_id, ifNull(lineage_id, ''), source, _hash,
    'claims.adjudicated', kafka_partition, kafka_offset, ingested_at, as_of, ifNull(payer_id, ''), outcome,
    sign * takeback_cents
FROM adjudication
WHERE kind = 'provider' AND (tenant_id, event_id) NOT IN (
    SELECT tenant_id, event_id FROM claim_event WHERE event_type = 'provider_adjusted'
)
LIMIT 1 BY tenant_id, event_id;
