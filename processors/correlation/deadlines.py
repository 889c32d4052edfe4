"""Answers that are due: what is missing at an instant, and when to look again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from processors.correlation.balance import Story
from processors.correlation.facts import Fact
from processors.correlation.lineage_row import due_at
from processors.correlation.matching import Attempt
from processors.correlation.policy import CorrelationPolicy


class Expectation(NamedTuple):
    """One answer that should come, or come to its place, by an instant.

    Attributes:
        alert_id: The matter.
        kind: Kind of the alert.
        title: What is wrong when it does not come, in plain words.
        due_at: Until when.
        met_at: When it came; None while it has not.
        lineage_id: Lineage concerned, if known.
        claim: Facts to show: payer, provider, claim, expected amount.
        since: Since when it is awaited.
    """

    alert_id: str
    kind: str
    title: str
    due_at: int
    met_at: int | None
    lineage_id: str | None
    claim: Mapping[str, Any]
    since: int


def expectations(story: Story, policy: CorrelationPolicy, opened: Collection[str]) -> Iterator[Expectation]:
    """Yield what a lineage awaits, of every attempt: acknowledgements and the 835.

    Args:
        story: The lineage.
        policy: Deadlines.
        opened: Alerts that were opened; what has come is yielded for these only.
    """
    for attempt in story.lineage.attempts:
        if attempt.released:
            yield from _answers(story, attempt, policy, opened)


def _answers(
    story: Story, attempt: Attempt, policy: CorrelationPolicy, opened: Collection[str]
) -> Iterator[Expectation]:
    first_277ca = attempt.acks_277ca[0]["at"] if attempt.acks_277ca else None
    remit = min([e.remit["at"] for e in story.entries if e.attempt is attempt], default=None)
    overtaken = _overtaken_at(story, attempt)
    decided = attempt.deciding_277ca["at"] if attempt.deciding_277ca else None
    by_payer = attempt.rejected_277ca or attempt.accepted_payer
    refused = attempt.ack_999_at if attempt.accepted_999 is False else None  # then nothing further will come
    answers = (
        ("missing_999", "ack_999_hours", "No 999 has come for a submitted claim",
         (attempt.ack_999_at, first_277ca, remit, overtaken)),
        ("missing_277ca", "ack_277ca_hours", "No 277CA has come for a submitted claim",
         (first_277ca, remit, overtaken, refused)),
        ("missing_277ca:payer", "payer_277ca_hours", "The payer has neither accepted nor rejected a submitted claim",
         (by_payer["at"] if by_payer else None, remit, overtaken, refused)),
        ("missing_835", "remit_days", "No 835 has come for a submitted claim",
         (remit, decided if attempt.accepted_277ca is False else None, overtaken, refused)),
    )  # fmt: skip
    subject = f"|{story.lineage.lineage_id}|{attempt.claim['id']}"
    for kind, name, title, came in answers:
        met_at = min([at for at in came if at is not None], default=None)
        if met_at is not None and not opened:
            continue
        alert_id = kind + subject
        if met_at is None or alert_id in opened:
            yield Expectation(
                alert_id=alert_id,
                kind=kind.partition(":")[0],
                title=title,
                due_at=due_at(attempt, name, policy),
                met_at=met_at,
                lineage_id=story.lineage.lineage_id,
                claim=attempt.claim,
                since=attempt.released_at,
            )


def _overtaken_at(story: Story, attempt: Attempt) -> int | None:
    """Return when a later attempt took an attempt's place: then nobody waits for its answers."""
    attempts = story.lineage.attempts
    later = [one.claim["at"] for one in attempts[attempt.number :]]
    if attempt.claim["frequency_code"] == "8":
        later.append(attempt.submitted_at)
    return min(later, default=None)


_ORPHANS = {
    "ack": ("orphan_ack", "An acknowledgement names a claim that is not known"),
    "remit": ("orphan_remit", "A remittance names a claim that is not known"),
    "plb": ("unassigned_takeback", "A payer takes money back without naming a claim that is known"),
}


def orphan(fact: Fact, policy: CorrelationPolicy) -> Expectation:
    """Return that an answer waits for its claim; when that comes, the expectation is gone."""
    kind, title = _ORPHANS[fact["type"]]
    npi = fact.get("payee_npi") or fact.get("provider_npi")
    return Expectation(
        alert_id=f"{kind}|{fact['id']}",
        kind=kind,
        title=title,
        due_at=fact["at"] + policy.orphan_us,
        met_at=None,
        lineage_id=None,
        claim={"payer_id": fact.get("payer_id"), "billing_npi": npi, "_hash": fact["_hash"]},
        since=fact["at"],
    )
