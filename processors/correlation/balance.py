"""The story of one lineage: its claim payments in order of payment, with what each changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from processors.adjudication.ledger import Balance, Change, opening_balance, post
from processors.adjudication.result import Adjudication
from processors.correlation.facts import Fact
from processors.correlation.matching import Attempt, Lineage
from processors.correlation.policy import DAY_US

_OPENING = opening_balance()  # nobody changes a balance in place


@dataclass(frozen=True)
class Entry:
    """One claim payment in the ledger of its lineage.

    Attributes:
        remit: Its fact.
        attempt: Attempt it answers.
        adjudication: What it says.
        change: What it changed.
        after: Balance after it.
    """

    remit: Fact
    attempt: Attempt
    adjudication: Adjudication
    change: Change
    after: Balance

    @property
    def first(self) -> bool:
        """Whether it is the first adjudication of the lineage."""
        return self.change["first_adjudication"]

    @property
    def decides(self) -> bool:
        """Whether it is an adjudication: neither a reversal nor a forwarding nor a predetermination."""
        return self.adjudication["is_adjudication"]

    @property
    def denied(self) -> bool:
        """Whether the claim was denied."""
        return self.adjudication["outcome"] == "denied"

    @property
    def paid_on(self) -> int:
        """Payment date, in days since 1970; the day of receipt where none is given."""
        day: int = self.remit["paid_on"] if self.remit["paid_on"] is not None else self.remit["at"] // DAY_US
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
        return self.entries[-1].after if self.entries else _OPENING

    @property
    def first(self) -> Entry | None:
        """The first adjudication."""
        if not self.entries:
            return None
        return next((entry for entry in self.entries if entry.first), None)

    @property
    def decision(self) -> Entry | None:
        """The latest adjudication or reversal."""
        if not self.entries:
            return None
        return next((e for e in reversed(self.entries) if e.decides or e.adjudication["outcome"] == "reversal"), None)

    @property
    def initially_denied(self) -> bool:
        """Whether the first adjudication was a denial."""
        return self.balance["initially_denied"]

    @property
    def recovery(self) -> Entry | None:
        """The claim payment that recovered the initial denial."""
        return next((entry for entry in self.entries if entry.change["recovered"]), None)

    @property
    def underpaid_cents(self) -> int:
        """What the latest adjudication falls short of the promise; 0 after a reversal."""
        decision = self.decision
        return decision.adjudication["underpaid_cents"] if decision is not None and decision.decides else 0


def tell(lineage: Lineage, adjudications: Mapping[str, Adjudication]) -> Story:
    """Return the ledger of a lineage.

    Args:
        lineage: The lineage with its claim payments in order.
        adjudications: What each claim payment says, by its id.
    """
    story, balance = Story(lineage), _OPENING
    for remit, attempt in lineage.remits:
        said = adjudications[remit["id"]]
        balance, change = post(balance, said, attempt.claim["total_charge_cents"])
        story.entries.append(Entry(remit, attempt, said, change, balance))
    return story
