"""The fold: a fact into an account. The same facts give the same account in any order, and a repeated one nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from processors.adjudication.adjudicate import UNKNOWN_CLAIM, Adjudicator, PricedClaim
from processors.adjudication.result import Adjudication
from processors.correlation import alerts
from processors.correlation.balance import Story, tell
from processors.correlation.deadlines import Expectation, expectations, orphan
from processors.correlation.facts import Fact
from processors.correlation.lineage_row import lineage_row
from processors.correlation.matching import (
    Attempt,
    Lineage,
    attach_acks,
    in_order,
    lineage_of,
    lineages,
    payment_order,
)
from processors.correlation.policy import DAY_US, CorrelationPolicy
from processors.correlation.rows import claim_row, orphan_row, provider_row, takes_back
from processors.correlation.statements import Statement, restate

Account = dict[str, Any]
"""State of one key: facts by id, adjudications by remittance, what was said, open alerts, when to look again."""

Row = dict[str, Any]


class CaseWriter(Protocol):
    """Puts lineages and orphans into workqueues."""

    def statements(self, account: Account, view: View, now: int, as_of: int) -> Sequence[Statement]:
        """Return the cases that open, change or end, and remember them in the account."""


@dataclass(frozen=True)
class Outcome:
    """What a fact or the clock did to an account.

    Attributes:
        account: The account after it; None when it has expired.
        statements: Events to publish, in order.
    """

    account: Account | None
    statements: list[Statement]


@dataclass
class View:
    """An account, understood.

    Attributes:
        stories: Ledger of every lineage, by its id.
        orphans: Remittances without a claim.
        adjustments: Provider-level adjustments, each with its lineage.
        orphan_acks: Acknowledgements without a claim.
        lineage_rows: State of every lineage.
        subject_rows: Rows of claim payments and adjustments, by subject.
    """

    stories: dict[str, Story]
    orphans: list[Fact]
    adjustments: list[tuple[Fact, Lineage | None]]
    orphan_acks: list[Fact]
    lineage_rows: dict[str, Row] = field(default_factory=dict)
    subject_rows: dict[str, Row] = field(default_factory=dict)


@dataclass(frozen=True)
class Ledger:
    """Folds facts into accounts.

    Attributes:
        policy: Deadlines and reasons.
        adjudicator: Reads claim payments.
        cases: Fills the workqueues; None leaves them out.
    """

    policy: CorrelationPolicy
    adjudicator: Adjudicator
    cases: CaseWriter | None = None

    def apply(self, account: Account | None, facts: Sequence[Fact], now: int) -> Outcome:
        """Fold facts into their account; what is said is what holds after all of them.

        Args:
            account: The account, which is not changed; None for a new one.
            facts: Facts of this account, at least one.
            now: The clock, microseconds since 1970.
        """
        new = unknown(account, facts)
        if not new:
            return Outcome(account, [])
        after = _copy(account) if account is not None else _new(facts[0])
        after["facts"].update(new)
        instant = max([fact["at"] for fact in new.values()])
        after["at"] = max(after["at"], instant)
        return self._review(after, now, instant)

    def look(self, account: Account, now: int) -> Outcome:
        """Let the clock work on an account: alerts open, an account that was closed long ago ends."""
        due: int | None = account["due"]
        if due is None or due > now:
            return Outcome(account, [])
        return self._review(_copy(account), now, due)

    def _review(self, account: Account, now: int, as_of: int) -> Outcome:
        view = self.view(account)
        statements = [
            *restate(account["rows"], "claims.adjudicated", view.subject_rows, as_of, account["key"]),
            *self._watch(account, view, now, as_of),
        ]
        if self.cases is not None:
            statements += self.cases.statements(account, view, now, as_of)
        statements += restate(account["lineages"], "claims.lineage", view.lineage_rows, as_of, account["key"])
        if self._has_expired(account, view, now):
            return Outcome(None, statements)
        return Outcome(account, statements)

    def view(self, account: Account) -> View:
        """Understand an account: a function of its facts alone, whatever their order."""
        facts: defaultdict[str, list[Fact]] = defaultdict(list)
        for fact in sorted(account["facts"].values(), key=in_order):
            facts[fact["type"]].append(fact)
        known = lineages(facts["claim"])
        orphan_acks = attach_acks(facts["ack"], known)
        _attach_actions(facts["action"], known)
        orphans = _attach_remits(facts["remit"], known)
        moved = {fact["subject"] for fact in facts["assigned"]}
        adjustments = _attach_adjustments([plb for plb in facts["plb"] if plb["id"] not in moved], known)
        said = self._adjudicate(account, known, orphans)
        view = View({name: tell(one, said) for name, one in known.items()}, orphans, adjustments, orphan_acks)
        self._state(view, said)
        return view

    def _adjudicate(
        self, account: Account, known: Mapping[str, Lineage], orphans: list[Fact]
    ) -> dict[str, Adjudication]:
        """Return what each claim payment says; kept while it answers the same attempt."""
        kept: dict[str, list[Any]] = account["said"]
        answers = [(remit, attempt) for one in known.values() for remit, attempt in one.remits]
        for remit, attempt in [*answers, *((remit, None) for remit in orphans)]:
            answered = attempt.claim["id"] if attempt else None
            if remit["id"] not in kept or kept[remit["id"]][0] != answered:
                kept[remit["id"]] = [answered, self.adjudicator.adjudicate(remit, _priced(attempt))]
        return {remit_id: said for remit_id, (_, said) in kept.items()}

    def _state(self, view: View, said: Mapping[str, Adjudication]) -> None:
        for name, story in view.stories.items():
            view.lineage_rows[name] = lineage_row(story, self.policy)
            for entry in story.entries:
                view.subject_rows[entry.remit["id"]] = claim_row(story, entry)
        for remit in view.orphans:
            view.subject_rows[remit["id"]] = orphan_row(remit, said[remit["id"]])
        for plb, lineage in view.adjustments:
            view.subject_rows[plb["id"]] = provider_row(plb, lineage)

    def expected(self, account: Account, view: View) -> list[Expectation]:
        """Return everything that is awaited, and what came of that which was alerted about."""
        opened = account["alerts"]
        expected = [one for story in view.stories.values() for one in expectations(story, self.policy, opened)]
        loose = [plb for plb, lineage in view.adjustments if lineage is None and takes_back(plb)]
        expected += [orphan(fact, self.policy) for fact in (*view.orphans, *view.orphan_acks, *loose)]
        return expected

    def _watch(self, account: Account, view: View, now: int, as_of: int) -> list[Statement]:
        expected = self.expected(account, view)
        statements = list(alerts.review(account["alerts"], expected, now, as_of, account["tenant_id"]))
        due = alerts.next_due(account["alerts"], expected)
        account["due"] = due if due is not None else self._expires_at(account, view)
        return statements

    def _expires_at(self, account: Account, view: View) -> int | None:
        open_alert = any(row["state"] != "resolved" for _, row in account["alerts"].values())
        all_closed = view.stories and all(row["closed"] for row in view.lineage_rows.values())
        if open_alert or not all_closed or view.orphans:
            return None
        at: int = account["at"] + self.policy.keep_closed_days * DAY_US
        return at

    def _has_expired(self, account: Account, view: View, now: int) -> bool:
        expires = self._expires_at(account, view)
        return expires is not None and expires <= now


def unknown(account: Account | None, facts: Sequence[Fact]) -> dict[str, Fact]:
    """Return the facts that an account does not have, by id, each once."""
    known: Mapping[str, Fact] = account["facts"] if account is not None else {}
    return {fact["id"]: fact for fact in facts if fact["id"] not in known}


def _new(fact: Fact) -> Account:
    return {
        **{name: fact[name] for name in ("tenant_id", "key", "at")},
        **{name: {} for name in ("facts", "said", "rows", "lineages", "alerts", "cases", "items")},
        "due": None,
    }


def _copy(account: Account) -> Account:
    """Copy what a fold changes; rows and facts are never changed in place."""
    return {name: dict(value) if isinstance(value, dict) else value for name, value in account.items()}


def _priced(attempt: Attempt | None) -> PricedClaim:
    if attempt is None:
        return UNKNOWN_CLAIM
    claim = attempt.claim
    return PricedClaim(lines=claim["lines"], claim_type=claim["claim_type"], payer_type=claim["payer_type"])


def _attach_remits(remits: list[Fact], known: Mapping[str, Lineage]) -> list[Fact]:
    orphans = []
    for remit in sorted(remits, key=payment_order):
        lineage = lineage_of(remit, known, remit["payee_npi"])
        if lineage is None:
            orphans.append(remit)
            continue
        attempt = lineage.attempt_at(remit["at"], remit["frequency_code"])
        attempt.answered = True
        lineage.remits.append((remit, attempt))
    return orphans


def _attach_adjustments(adjustments: list[Fact], known: Mapping[str, Lineage]) -> list[tuple[Fact, Lineage | None]]:
    pairs = [(plb, lineage_of(plb, known, plb["payee_npi"])) for plb in adjustments]
    for plb, lineage in pairs:
        if lineage is not None:
            lineage.adjustments.append(plb)
    return pairs


def _attach_actions(actions: list[Fact], known: Mapping[str, Lineage]) -> None:
    """Give actions to their lineages; what was undone, and the undoing, are left out.

    An action on an item before submission may name the claim in place of the lineage.
    """
    of_claim = {attempt.claim["claim_id"]: lineage for lineage in known.values() for attempt in lineage.attempts}
    undone: set[str] = set()
    for action in reversed(actions):
        if action["action"] == "undo" and action["id"] not in undone:
            undone.add(action["undoes_event_id"])
    for action in actions:
        if action["action"] == "undo" or action["id"] in undone:
            continue
        lineage = known.get(action["lineage_id"]) or of_claim.get(action["lineage_id"])
        if lineage is None:
            continue
        lineage.actions.append(action)
        if action["action"] == "release" or action["outcome"] == "released":
            attempt = lineage.attempt_at(action["at"])
            attempt.released_by = min(action["at"], attempt.released_by or action["at"])
