"""The embedded ClickHouse: one process owns a chDB directory and speaks the ClickHouse HTTP interface."""
