"""The ClickHouse sink: numbered migrations, the exactly-once writer, KPI queries."""
