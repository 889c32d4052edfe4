-- Every insert of claims leaves a small part in each rollup and dimension, and the ledger gets two. By default every fifth
-- part was merged with the ones before it, nine times over for a row; with the selector of the large tables there are far
-- fewer merges.
ALTER TABLE kpi_screening_daily MODIFY SETTING merge_selector_base = 20;

ALTER TABLE kpi_findings_daily MODIFY SETTING merge_selector_base = 20;

ALTER TABLE kpi_daily MODIFY SETTING merge_selector_base = 20;

ALTER TABLE kpi_lag_daily MODIFY SETTING merge_selector_base = 20;

ALTER TABLE kpi_ar_daily MODIFY SETTING merge_selector_base = 20;

ALTER TABLE kpi_open_daily MODIFY SETTING merge_selector_base = 20;

ALTER TABLE kpi_prediction_daily MODIFY SETTING merge_selector_base = 20;

ALTER TABLE provider_work_daily MODIFY SETTING merge_selector_base = 20;

ALTER TABLE dim_patient_seen MODIFY SETTING merge_selector_base = 20;

ALTER TABLE dim_provider_seen MODIFY SETTING merge_selector_base = 20;

ALTER TABLE dim_department_seen MODIFY SETTING merge_selector_base = 20;

ALTER TABLE dim_payer_seen MODIFY SETTING merge_selector_base = 20;

ALTER TABLE sink_ranges MODIFY SETTING merge_selector_base = 20;
