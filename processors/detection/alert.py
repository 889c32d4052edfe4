"""An alert of live detection: what changed, since when, how much, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypedDict

from processors.detection.sequential import strength
from processors.detection.settings import DetectionSettings
from processors.detection.stream import Stream, Transition


class Evidence(TypedDict):
    """One measured or compared thing."""

    name: str
    value: str


class Alert(TypedDict):
    """One statement about a matter; fields as in the contract alerts, and `key`, which tells matters apart."""

    kind: str
    key: str
    state: str
    severity: str
    title: str
    payer_id: str | None
    provider_npi: str | None
    root_cause_group: str | None
    procedure_code: str | None
    modifier: str | None
    clearinghouse_id: str | None
    claims: int
    amount_cents: int
    opened_at: datetime
    resolved_at: datetime | None
    evidence: list[Evidence]
    lineage_ids: list[str]


@dataclass(frozen=True)
class Subject:
    """What a stream is about; None where it does not matter.

    Attributes:
        kind: Kind of the alert.
        name: Name of the stream within its payer, such as a root-cause group.
        what: What is counted, in plain words.
    """

    kind: str
    name: str
    what: str
    payer_id: str | None = None
    root_cause_group: str | None = None
    procedure_code: str | None = None
    modifier: str | None = None
    clearinghouse_id: str | None = None


def alert_of(
    subject: Subject, stream: Stream, transition: Transition, at: int, settings: DetectionSettings, false_alarms: float
) -> Alert:
    """Return the statement about what became of the alert of a stream.

    Args:
        subject: What the stream is about.
        stream: Its state, the alert still open.
        transition: opened, updated or resolved.
        at: Instant of it, microseconds since 1970.
        settings: When an alert is critical.
        false_alarms: Bound that the test keeps.
    """
    alert, window = stream["open"], stream["window"]
    if alert is None:
        msg = "a statement is made about an open alert only"
        raise ValueError(msg)
    rate = window["hits"] / max(1, window["events"])
    resolved = transition == "resolved"
    grave = rate >= settings.critical_multiple * max(alert["rate"], 1e-9) or window["cents"] >= settings.critical_cents
    return Alert(
        kind=subject.kind,
        key=f"{subject.payer_id or ''}|{subject.name}",
        state=transition,
        severity="info" if resolved else "critical" if grave else "warning",
        title=f"{subject.what}: {rate:.1%} of {window['events']}, {alert['rate']:.1%} before",
        payer_id=subject.payer_id,
        provider_npi=None,
        root_cause_group=subject.root_cause_group,
        procedure_code=subject.procedure_code,
        modifier=subject.modifier,
        clearinghouse_id=subject.clearinghouse_id,
        claims=window["hits"],
        amount_cents=window["cents"],
        opened_at=instant(alert["at"]),
        resolved_at=instant(at) if resolved else None,
        evidence=_evidence(stream, rate, false_alarms),
        lineage_ids=list(window["examples"]),
    )


def instant(micros: int) -> datetime:
    """Return the instant of microseconds since 1970."""
    return datetime.fromtimestamp(micros / 1_000_000, UTC)


def _evidence(stream: Stream, rate: float, false_alarms: float) -> list[Evidence]:
    alert, window = stream["open"], stream["window"]
    events = round(sum(stream["baseline"]["events"]))
    since = instant(window["since"]).isoformat(timespec="minutes") if window["since"] else "-"
    values = {
        "since": since,
        "events since": str(window["events"]),
        "hits since": str(window["hits"]),
        "rate since": f"{rate:.4f}",
        "baseline rate": f"{alert['rate'] if alert else 0:.4f}",
        "baseline events": str(events),
        "rate tested against": f"{alert['tested'] if alert else 0:.4f}",
        "money": f"{window['cents'] / 100:.2f} USD",
        "evidence ratio": f"{strength(stream['test']):.0f}",
        "false alarms a month at most": f"{false_alarms:g}",
    }
    return [Evidence(name=name, value=value) for name, value in values.items()]
