"""The ledger of one lineage: what each claim payment changes, in order of payment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from processors.correlation.facts import Fact
from processors.correlation.matching import Attempt, Lineage

AMOUNTS = ("paid", "allowed", "patient_responsibility", "contractual", "denied")
Adjudication = Mapping[str, Any]


@dataclass(frozen=True)
class Balance:
    """Amounts of a lineage, in cents. Payments are cash; the others are what the payer's standing decisions say."""

    paid: int = 0
    allowed: int = 0
    patient_responsibility: int = 0
    contractual: int = 0
    denied: int = 0
    underpaid: int = 0

    @classmethod
    def of(cls, standing: Sequence[Adjudication], paid: int) -> Balance:
        """Return the balance of decisions that stand together."""
        sums = {name: sum(one[f"{name}_cents"] for one in standing) for name in (*AMOUNTS[1:], "underpaid")}
        return cls(paid=paid, **sums)

    def less(self, other: Balance) -> Balance:
        """Return the change from another balance to this one."""
        return Balance(*(getattr(self, name) - getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Entry:
    """One claim payment in the ledger.

    Attributes:
        remit: Its fact.
        attempt: Attempt it answers.
        adjudication: What it says.
        number: Position among the adjudications, from 1; 0 for a reversal, a forwarding, a predetermination.
        after: Balance after it.
        change: What it changed.
        recovered_cents: What it recovers of an initial denial; negative when a recovery is taken back.
        underpayment_recovered_cents: What it recovers of an underpayment; likewise.
    """

    remit: Fact
    attempt: Attempt
    adjudication: Adjudication
    number: int
    after: Balance
    change: Balance
    recovered_cents: int = 0
    underpayment_recovered_cents: int = 0

    @property
    def first(self) -> bool:
        """Whether it is the first adjudication of the lineage."""
        return self.number == 1

    @property
    def denied(self) -> bool:
        """Whether the claim was denied."""
        return bool(self.adjudication["outcome"] == "denied")

    @property
    def paid_on(self) -> int:
        """Payment date, in days since 1970; the day of receipt where none is given."""
        day: int = self.remit["paid_on"] if self.remit["paid_on"] is not None else self.remit["at"] // 86_400_000_000
        return day


@dataclass
class Story:
    """The ledger of a lineage.

    Attributes:
        lineage: The lineage.
        entries: Claim payments in order.
    """

    lineage: Lineage
    entries: list[Entry] = field(default_factory=list)

    @property
    def balance(self) -> Balance:
        """Amounts now."""
        return self.entries[-1].after if self.entries else Balance()

    @property
    def first(self) -> Entry | None:
        """The first adjudication."""
        return next((entry for entry in self.entries if entry.first), None)

    @property
    def initially_denied(self) -> bool:
        """Whether the first adjudication was a denial."""
        return self.first is not None and self.first.denied

    @property
    def recovery(self) -> Entry | None:
        """The claim payment that recovered the initial denial."""
        return next((entry for entry in self.entries if entry.recovered_cents > 0), None)


def tell(lineage: Lineage, adjudications: Mapping[str, Adjudication]) -> Story:
    """Return the ledger of a lineage.

    A claim payment replaces a denial before it, and what stands when both together would exceed the charge; else
    it stands beside (a claim that the payer has split). A reversal removes what it reverses.

    Args:
        lineage: The lineage with its claim payments in order.
        adjudications: What each claim payment says, by its id.
    """
    story, standing, paid, number = Story(lineage), [], 0, 0
    before = Balance()
    for remit, attempt in lineage.remits:
        said = adjudications[remit["id"]]
        position = 0
        if said["outcome"] == "reversal":
            standing = _without(standing, said)
        elif said["is_adjudication"]:
            number += 1
            position = number
            standing = _with(standing, said, attempt.claim["total_charge_cents"])
        if said["outcome"] not in ("forwarded", "predetermination"):
            paid += said["paid_cents"]
        after = Balance.of(standing, paid)
        story.entries.append(Entry(remit, attempt, said, position, after, after.less(before)))
        before = after
    _credit_recoveries(story)
    return story


def _with(standing: list[Adjudication], said: Adjudication, charge_cents: int) -> list[Adjudication]:
    kept = [one for one in standing if one["outcome"] != "denied"]
    if sum(one["charge_cents"] for one in kept) + said["charge_cents"] > charge_cents + 1:
        kept = []
    return [*kept, said]


def _without(standing: list[Adjudication], reversal: Adjudication) -> list[Adjudication]:
    """Remove the decision that is reversed: of the same charge and payment, else of the same charge, the latest."""
    for sums in (("charge_cents", "paid_cents"), ("charge_cents",)):
        for place in reversed(range(len(standing))):
            if all(standing[place][name] == -reversal[name] for name in sums):
                return standing[:place] + standing[place + 1 :]
    return [*standing, reversal]


def _credit_recoveries(story: Story) -> None:
    first = story.first
    if first is None:
        return
    short = next((entry for entry in story.entries if entry.adjudication["underpaid_cents"] > 0), None)
    recovered = regained = 0
    passed_first = passed_short = False
    for place, entry in enumerate(story.entries):
        after = entry.after
        gained = won = 0
        if first.denied and passed_first:
            alive = after.allowed > 0 or after.paid > 0 or after.patient_responsibility > 0
            gained = max(0, after.allowed - first.adjudication["allowed_cents"]) if alive else 0
        if short is not None and passed_short:
            won = min(max(0, after.allowed - short.after.allowed), short.adjudication["underpaid_cents"])
        story.entries[place] = replace(
            entry, recovered_cents=gained - recovered, underpayment_recovered_cents=won - regained
        )
        recovered, regained = gained, won
        passed_first = passed_first or entry.first
        passed_short = passed_short or entry is short
