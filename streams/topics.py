"""Every topic of the system: name, contract, partitions, retention, cleanup policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from processors.adjudication.denial_groups import DENIAL_GROUPS, UNMAPPED
from schemas.contracts import (
    ACKS_RECEIVED,
    ALERTS,
    CLAIMS_ADJUDICATED,
    CLAIMS_LINEAGE,
    CLAIMS_SCORED,
    CLAIMS_SUBMITTED,
    DEAD_LETTER,
    HISTORY_RATES,
    INTAKE_FILES,
    REMITS_RECEIVED,
    WORKQUEUE_ACTIONS,
    WORKQUEUE_CASE,
    WORKQUEUE_ITEM,
    Contract,
)

DAY_MS = 24 * 60 * 60 * 1000
FOREVER_MS = -1


@dataclass(frozen=True)
class Topic:
    """One topic and what may be relied on.

    Attributes:
        name: Name on the broker.
        contract: Avro contract of its values; None for values that only their writer reads.
        key: What the key is made of, joined by a bar.
        partitions: Number of partitions it is created with.
        retention_ms: How long records are kept; FOREVER_MS for compacted topics.
        cleanup_policy: delete or compact.
    """

    name: str
    contract: Contract | None
    key: str
    partitions: int
    retention_ms: int
    cleanup_policy: str = "delete"

    @property
    def settings(self) -> dict[str, str]:
        """Topic configuration as the broker names it."""
        return {"cleanup.policy": self.cleanup_policy, "retention.ms": str(self.retention_ms)}


SUBMITTED = Topic("claims.submitted", CLAIMS_SUBMITTED, "tenant_id|patient_token", 4, 30 * DAY_MS)
HISTORY = Topic("claims.history", None, "family, tenant_id|patient_token", 4, FOREVER_MS, "compact")
"""Changelog of the claim stage's state: partition by partition that of claims.submitted."""

SCORED = Topic("claims.scored", CLAIMS_SCORED, "tenant_id|claim_id", 4, 30 * DAY_MS)
REMITS = Topic("remits.received", REMITS_RECEIVED, "tenant_id|patient_control_token, else payment_id", 4, 90 * DAY_MS)
ACKS = Topic("acks.received", ACKS_RECEIVED, "tenant_id|subject_token", 4, 90 * DAY_MS)
DEAD_LETTERS = Topic("claims.dead-letter", DEAD_LETTER, "source_topic|partition|offset", 1, 90 * DAY_MS)
INTAKE = Topic("intake.files", INTAKE_FILES, "tenant_id|file_hash", 1, FOREVER_MS, "compact")

ADJUDICATED = Topic("claims.adjudicated", CLAIMS_ADJUDICATED, "tenant_id|lineage_id, else subject_id", 4, 90 * DAY_MS)
LINEAGE = Topic("claims.lineage", CLAIMS_LINEAGE, "tenant_id|lineage_id", 4, 90 * DAY_MS)
ALERT_EVENTS = Topic("alerts", ALERTS, "tenant_id|alert_id", 1, 90 * DAY_MS)
RATES = Topic("history.rates", HISTORY_RATES, "tenant_id|measure|scope|key", 1, FOREVER_MS, "compact")
ACTIONS = Topic("workqueue.actions", WORKQUEUE_ACTIONS, "tenant_id|patient_control_token", 4, 90 * DAY_MS)

CORRELATION = Topic("correlation.facts", None, "tenant_id|patient_control_token", 4, 14 * DAY_MS)
"""What correlation works on: facts of claims, acknowledgements, remittances and actions under one key."""

ACCOUNTS = Topic("claimstream-correlation-accounts-changelog", None, "family|tenant_id|name", 4, FOREVER_MS, "compact")
"""Changelog of correlation's state: partition by partition that of correlation.facts; the name is Faust's."""

WORKQUEUE_PREFIX = "workqueue."
DENIAL_QUEUES = tuple(f"denial.{group}" for group in (*DENIAL_GROUPS, UNMAPPED))
"""One queue for each root-cause group of carc_groups.csv."""

CASE_QUEUES = (
    "rejected_999",
    "rejected_277ca",
    "ack_gap",
    "no_response",
    *DENIAL_QUEUES,
    "partial_denial",
    "underpayment",
    "takeback",
    "unmatched_remit",
    "posting_exception",
    "credit_balance",
)
"""Workqueues of lineages, after submission."""


def workqueue(queue: str) -> Topic:
    """Return the topic of a workqueue."""
    return Topic(WORKQUEUE_PREFIX + queue, WORKQUEUE_ITEM, "tenant_id|claim_id", 1, FOREVER_MS, "compact")


def case_queue(queue: str) -> Topic:
    """Return the topic of a workqueue of lineages."""
    return Topic(WORKQUEUE_PREFIX + queue, WORKQUEUE_CASE, "tenant_id|lineage_id", 1, FOREVER_MS, "compact")


def all_topics(queues: Iterable[str], partitions: int = 0) -> Iterator[Topic]:
    """Yield every topic.

    Args:
        queues: Names of the workqueues of claims before submission.
        partitions: Partitions of the claim topics; 0 takes the number declared here.
    """
    for topic in (SUBMITTED, HISTORY, SCORED, REMITS, ACKS, ADJUDICATED, LINEAGE, ACTIONS, CORRELATION, ACCOUNTS):
        yield replace(topic, partitions=partitions or topic.partitions)
    yield DEAD_LETTERS
    yield INTAKE
    yield ALERT_EVENTS
    yield RATES
    yield from (workqueue(queue) for queue in sorted(queues))
    yield from (case_queue(queue) for queue in CASE_QUEUES)
