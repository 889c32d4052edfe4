"""What the sink must be told: broker, ClickHouse, sizes of its batches."""

from collections.abc import Mapping
from dataclasses import dataclass, field

CONTRACTS: Mapping[str, str] = {
    name: name
    for name in (
        *("claims.scored", "claims.dead-letter", "claims.lineage", "claims.adjudicated"),
        *("remits.received", "acks.received", "alerts", "workqueue.actions"),
    )
}
"""The topics every installation has, each with the contract of its values; workqueues come on top."""


@dataclass(frozen=True)
class ClickHouseTarget:
    """A ClickHouse server, or the embedded one, over HTTP.

    Attributes:
        host: Host name.
        port: HTTP port.
        user: User name.
        password: Password; not shown when the object is printed.
        database: Database of the claimstream tables.
        secure: Whether to use TLS.
        compression: Compression of inserts: "" (loopback), "lz4" or "zstd".
        timeout_s: Time after which an insert counts as failed and is tried again with the same token.
    """

    host: str = "127.0.0.1"
    port: int = 8123
    user: str = "default"
    password: str = field(default="", repr=False)
    database: str = "claimstream"
    secure: bool = False
    compression: str = ""
    timeout_s: int = 60


@dataclass(frozen=True)
class BatchLimits:
    """When a range is closed: at the first limit that is reached.

    Attributes:
        max_records: Records of one partition; claims times lines stay below one ClickHouse block, 1,048,449.
        max_bytes: Sum of the message values.
        linger_s: Age of the oldest record in the process; the delay to ClickHouse in steady traffic.
        quiet_s: Age of the newest record: when nothing more comes, there is nothing to linger for.
    """

    max_records: int = 50_000
    max_bytes: int = 32 << 20
    linger_s: float = 0.5
    quiet_s: float = 0.25


@dataclass(frozen=True)
class SinkConfig:
    """Everything one sink process needs.

    Attributes:
        bootstrap_servers: Kafka address.
        group_id: Consumer group; also the name under which the ledger keeps the ranges.
        contracts: Topics to read, each with the name of its contract; workqueue topics among them.
        clickhouse: Where the rows go.
        limits: Sizes of the batches.
        log_id: Identity of the topics' contents; must change when a topic is made anew. Empty: the topic id
            that the broker reports.
        session_timeout_ms: Time after which the broker gives the partitions of a silent process away.
        poll_records: Records fetched in one call.
        poll_s: Longest wait of one call.
        first_backoff_s: First wait after a failed call to ClickHouse; doubles up to `max_backoff_s`.
        max_backoff_s: Longest wait between two tries.
        kafka: Further librdkafka settings (security, client id).
    """

    bootstrap_servers: str
    group_id: str = "claimstream-sink"
    contracts: Mapping[str, str] = field(default_factory=lambda: dict(CONTRACTS))
    clickhouse: ClickHouseTarget = field(default_factory=ClickHouseTarget)
    limits: BatchLimits = field(default_factory=BatchLimits)
    log_id: str = ""
    session_timeout_ms: int = 6_000
    poll_records: int = 10_000
    poll_s: float = 0.05
    first_backoff_s: float = 0.2
    max_backoff_s: float = 10.0
    kafka: Mapping[str, str | int | bool] = field(default_factory=dict, repr=False)

    @property
    def topics(self) -> list[str]:
        """The topics the sink reads."""
        return list(self.contracts)
