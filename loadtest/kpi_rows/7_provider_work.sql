-- Rows of provider_work.
INSERT INTO provider_work (tenant_id, lineage_id, attempt_order, revision, sign, event_id, _hash, rendering_npi, provider_specialty,
    payer_id, claim_type, service_on, voided, work, ingested_at)
SELECT 'bench', lineage, n, 1, 1, hex(sipHash64(n, 20)), hash, npi, specialty, payer, kind, served, false,
    [([], 130000), (['26'], 130000), ([], 130000)], toDateTime64(submitted, 6, 'UTC')
FROM (/* claims */)
