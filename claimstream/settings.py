"""Settings from the environment and .env: one class, every variable documented in .env.example."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from streams.broker import GATHER_MS, Broker


class Settings(BaseSettings):
    """What an operator may set. The field's name in capitals is the variable's name."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True, frozen=True
    )

    kafka_bootstrap_servers: str = Field(
        default="127.0.0.1:9092", description="Broker addresses, host:port, commas between."
    )
    kafka_replication_factor: int = Field(
        default=1, ge=1, le=9, description="Replicas of topics that claimstream creates."
    )
    kafka_partitions: int = Field(
        default=0, ge=0, le=512, description="Partitions of the claim topics; 0 takes the declared number."
    )
    kafka_session_timeout_ms: int = Field(
        default=6_000, ge=500, le=300_000, description="Milliseconds after which a silent worker loses its partitions."
    )
    kafka_transaction_timeout_ms: int = Field(
        default=10_000, ge=1_000, le=300_000, description="Milliseconds a dead stage may hold readers up at most."
    )
    kafka_deadline_seconds: float = Field(
        default=30.0, ge=1, le=600, description="Seconds a stage waits for a broker that is away before it ends."
    )
    publish_gather_ms: int = Field(
        default=GATHER_MS,
        ge=0,
        le=1_000,
        description="Milliseconds a publisher gathers records into a request. claimstream up and demo take 50 unless "
        "this is set: each request is a batch that the embedded broker looks at whenever somebody reads.",
    )
    schema_registry_url: str = Field(
        default="", description="Confluent-compatible registry; empty uses the checked-in ids."
    )

    clickhouse_host: str = Field(default="127.0.0.1", description="ClickHouse HTTP host.")
    clickhouse_port: int = Field(default=8123, ge=1, le=65535, description="ClickHouse HTTP port.")
    clickhouse_user: str = Field(default="default", description="ClickHouse user.")
    clickhouse_password: SecretStr = Field(default=SecretStr(""), description="ClickHouse password.")
    clickhouse_database: str = Field(default="claimstream", description="ClickHouse database.")

    claimstream_home: Path = Field(
        default=Path(".claimstream"), description="Folder of the embedded stack and of the keyring."
    )
    claimstream_keyring: Path | None = Field(
        default=None, description="Keyring file; the default is keyring.json in the home."
    )
    claimstream_reference: Path | None = Field(
        default=None, description="Folder of loaded reference data; the default is reference in the home."
    )
    claimstream_contracts: Path | None = Field(
        default=None, description="Folder of payer contracts; without it the fee schedule alone prices."
    )
    claimstream_rules: Path | None = Field(
        default=None, description="Folder of rules and overrides by tenant and payer; see docs/writing-rules.md."
    )
    claimstream_policy: Path | None = Field(
        default=None, description="Routing policy; the default is the one shipped with the program."
    )
    claimstream_correlation: Path | None = Field(
        default=None,
        description="Folder with the site's own correlation.yaml, adjudication.yaml, detection.yaml, rates.yaml, "
        "workqueues.yaml, mappings/carc_groups.csv.",
    )
    claimstream_models: Path | None = Field(
        default=None, description="Folder of the model registry; the default is the one shipped with the program."
    )
    claimstream_tenant: str = Field(default="demo", description="Tenant of claims that are ingested or generated here.")

    batch_size: int = Field(default=7_000, ge=1, le=50_000, description="Most claims in one batch of the claim stage.")
    batch_wait_ms: int = Field(
        default=2, ge=1, le=1_000, description="Milliseconds a batch that has its first claim waits for more."
    )
    batch_interval_ms: int = Field(
        default=0,
        ge=0,
        le=1_000,
        description="Under load: milliseconds from one batch to the next, unless it is full before. Fewer and larger "
        "batches cost less processor time; 0 never waits. claimstream up and demo take 100 unless this is set.",
    )
    correlation_workers: int = Field(
        default=1, ge=0, le=64, description="Correlation workers that claimstream up starts; 0 starts none."
    )
    correlation_event_time: bool = Field(
        default=False, description="Deadlines follow the instants of events: for replays of the past."
    )
    worker_count: int = Field(default=1, ge=1, le=64, description="Claim stages that claimstream up starts.")
    enable_ml_predictions: bool = Field(default=True, description="Score with models; false scores with the rules.")
    sink_linger_ms: int = Field(
        default=1_000, ge=10, le=60_000, description="Milliseconds the sink gathers rows before it inserts."
    )
    metrics_host: str = Field(default="127.0.0.1", description="Address that /metrics is served on.")
    metrics_port: int = Field(default=0, ge=0, le=65535, description="Port of /metrics; 0 picks a free one.")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @property
    def broker(self) -> Broker:
        """The broker as the runtimes take it."""
        return Broker(
            self.kafka_bootstrap_servers,
            session_timeout_ms=self.kafka_session_timeout_ms,
            transaction_timeout_ms=self.kafka_transaction_timeout_ms,
            replication_factor=self.kafka_replication_factor,
            gather_ms=self.publish_gather_ms,
        )

    @property
    def keyring_path(self) -> Path:
        """Where the keyring is."""
        return self.claimstream_keyring or self.claimstream_home / "keyring.json"

    @property
    def reference_path(self) -> Path:
        """Where the loaded reference data is; absent: the starter set holds."""
        return self.claimstream_reference or self.claimstream_home / "reference"
