-- The range ledger: which offsets of which partition are in the tables. One row for each step of a range.
CREATE TABLE sink_ranges
(
    log_id LowCardinality(String) COMMENT 'Identity of the topic: changes when the topic is made anew, so that offsets never repeat',
    group_id LowCardinality(String) COMMENT 'Consumer group of the sink',
    topic LowCardinality(String) COMMENT 'Topic the records were read from',
    partition Int32 COMMENT 'Partition of that topic',
    state LowCardinality(String) COMMENT 'claim: a process takes the partition over; intent: the range is about to be inserted; done: it is in every table',
    first_offset Int64 COMMENT 'First offset of the range; -1 for a claim',
    last_offset Int64 COMMENT 'Last offset of the range that holds a record; -1 for a claim',
    records UInt32 COMMENT 'Records in the range; fewer than last - first + 1 where transactions left markers',
    rows_version UInt16 COMMENT 'Version of the rows the range is turned into; 0 for a claim',
    epoch UInt64 COMMENT 'Number of the ownership, rising with every claim of the partition',
    owner String COMMENT 'Random id of the owning process run',
    written_at DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT 'When the step was written; for people, decides nothing'
)
ENGINE = MergeTree
ORDER BY (log_id, group_id, topic, partition, state, last_offset)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Grain: one row for each step (claim, intent, done) of each range of offsets. The truth about what is stored.';
