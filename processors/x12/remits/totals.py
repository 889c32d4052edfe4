"""What the payments of a file add up to, known before their claims are mapped.

The balance of a transaction is a fact about all of its claims, and stands on each of them; so an 835 is read
twice: once for these sums, once for the claims.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from processors.x12.tokenizer import Tokenizer
from processors.x12.values import cents

_LAST_PLB_AMOUNT = 14
_ENDS = frozenset({"SE", "ST", "GS", "GE", "ISA", "IEA"})
_WANTED = _ENDS | {"BPR", "CLP", "PLB"}


@dataclass(slots=True)
class Totals:
    """Sums of one 835 transaction, in cents; null where an amount cannot be read.

    Attributes:
        payment: BPR02, negative for a debit.
        claims: Number of CLP segments.
        paid: Sum of CLP04.
        adjusted: Sum of the PLB amounts.
        adjustments: The PLB segments.
    """

    payment: int | None = None
    claims: int = 0
    paid: int | None = 0
    adjusted: int | None = 0
    adjustments: list[list[str]] = field(default_factory=list)

    @property
    def difference(self) -> int | None:
        """Claim payments less provider adjustments less payment (835 guide, transaction balancing)."""
        if self.payment is None or self.paid is None or self.adjusted is None:
            return None
        return self.paid - self.adjusted - self.payment

    @property
    def balanced(self) -> bool | None:
        """Whether the transaction balances; null when that cannot be told."""
        difference = self.difference
        return None if difference is None else difference == 0


def payment_totals(chunks: Iterable[bytes]) -> dict[int, Totals]:  # noqa: C901 - the hot loop, kept in one piece
    """Add up every 835 transaction of a file.

    Returns:
        Totals by the first byte of the ST segment.
    """
    found: dict[int, Totals] = {}
    totals: Totals | None = None
    for elements, start, _ in Tokenizer(chunks, _WANTED):
        name = elements[0]
        if name == "CLP":
            if totals is not None:
                totals.claims += 1
                totals.paid = _plus(totals.paid, elements[4] if len(elements) > 4 else "")
        elif name in _ENDS:
            opens = name == "ST" and len(elements) > 1 and elements[1].strip() == "835"
            totals = found.setdefault(start, Totals()) if opens else None
        elif totals is None:
            continue
        elif name == "BPR" and len(elements) > 3:
            totals.payment = signed_payment(elements[2], elements[3])
        elif name == "PLB":
            totals.adjustments.append(elements)
            for at in range(4, min(len(elements), _LAST_PLB_AMOUNT + 1), 2):
                if elements[at] or elements[at - 1]:
                    totals.adjusted = _plus(totals.adjusted, elements[at])
    return found


def signed_payment(amount: str, flag: str) -> int | None:
    """Return BPR02 in cents, negative where BPR03 says that it is a debit."""
    payment = cents(amount)
    return -abs(payment) if payment is not None and flag.strip() == "D" else payment


def _plus(total: int | None, text: str) -> int | None:
    amount = cents(text)
    return None if total is None or amount is None else total + amount
