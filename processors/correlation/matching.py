"""Which lineage and which attempt an answer belongs to: a function of all facts, in whatever order they came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from processors.correlation.facts import Fact

_LEVEL_OF_STATUS = {"1": "P", "19": "P", "2": "S", "20": "S", "3": "T", "21": "T"}
_FRONT_END_REJECTED = frozenset({"A3", "A6", "A7", "A8"})
_BELOW_PAYER = frozenset({"A0", "A1", "A5"})
ACCEPTED_BY_PAYER = "A2"
_PAYER = frozenset({ACCEPTED_BY_PAYER})
_DECIDING = _FRONT_END_REJECTED | _PAYER


@dataclass
class Attempt:
    """One submission of a claim and the verdicts about it; these are understood once all acknowledgements are attached.

    Attributes:
        claim: Its fact.
        number: Position in the lineage, from 1.
        ack_999_at: Receipt of the 999 that decided.
        accepted_999: Its verdict; any rejection holds.
        acks_277ca: Its 277CA facts in order of receipt.
        released_by: Instant a person released it.
        answered: Whether any answer came for it: then it was released.
        rejected_277ca: The 277CA that rejected it at the front end.
        accepted_payer: The 277CA that accepted it into adjudication.
        accepted_clearinghouse: The first 277CA that accepted it below that.
        deciding_277ca: The 277CA whose verdict holds: a rejection, else an acceptance by the payer, else by anybody.
        accepted_277ca: Verdict of the 277CAs; None while none decides.
    """

    claim: Fact
    number: int
    ack_999_at: int | None = None
    accepted_999: bool | None = None
    acks_277ca: list[Fact] = field(default_factory=list)
    released_by: int | None = None
    answered: bool = False
    rejected_277ca: Fact | None = None
    accepted_payer: Fact | None = None
    accepted_clearinghouse: Fact | None = None
    deciding_277ca: Fact | None = None
    accepted_277ca: bool | None = None

    @property
    def submitted_at(self) -> int:
        """Instant of submission."""
        at: int = self.claim["at"]
        return at

    @property
    def released(self) -> bool:
        """Whether it was handed to a clearinghouse."""
        return self.claim["disposition"] == "ready" or self.released_by is not None or self.answered

    @property
    def released_at(self) -> int:
        """Instant it was handed over: a person's release where one was needed."""
        return max(self.submitted_at, self.released_by or 0)

    def understand(self) -> None:
        """Set the verdicts, once all acknowledgements are attached."""
        self.rejected_277ca = self._first(_FRONT_END_REJECTED)
        self.accepted_payer = self._first(_PAYER)
        self.accepted_clearinghouse = self._first(_BELOW_PAYER) or next(
            (ack for ack in self.acks_277ca if ack["accepted"] and _DECIDING.isdisjoint(ack["categories"])), None
        )
        self.deciding_277ca = self.rejected_277ca or self.accepted_payer or self.accepted_clearinghouse
        if self.deciding_277ca is not None:
            self.accepted_277ca = self.rejected_277ca is None

    def _first(self, categories: frozenset[str]) -> Fact | None:
        for ack in self.acks_277ca:
            if not categories.isdisjoint(ack["categories"]):
                return ack
        return None


@dataclass
class Lineage:
    """One bill through all its attempts.

    Attributes:
        lineage_id: Billing NPI, control token and payer level, joined by a colon.
        attempts: In order of submission.
        remits: Claim payments, each with its attempt, in order of payment.
        adjustments: Provider-level adjustments that name it.
        actions: What people did, undone actions left out, in order.
    """

    lineage_id: str
    attempts: list[Attempt]
    remits: list[tuple[Fact, Attempt]] = field(default_factory=list)
    adjustments: list[Fact] = field(default_factory=list)
    actions: list[Fact] = field(default_factory=list)

    @property
    def latest(self) -> Attempt:
        """The attempt that holds now."""
        return self.attempts[-1]

    @property
    def voided(self) -> bool:
        """Whether it counts in no rate."""
        return bool(self.latest.claim["frequency_code"] == "8")

    def attempt_at(self, instant: int, frequency_code: str | None = None) -> Attempt:
        """Return the attempt that an answer of this instant is about: the latest before it.

        Args:
            instant: When the answer came.
            frequency_code: Frequency the answer names; decides between attempts where it fits one.
        """
        if len(self.attempts) == 1:
            return self.attempts[0]
        before = [attempt for attempt in self.attempts if attempt.submitted_at <= instant]
        named = [attempt for attempt in before if frequency_code and attempt.claim["frequency_code"] == frequency_code]
        return (named or before or self.attempts[:1])[-1]


def lineage_id(npi: str | None, token: str | None, level: str | None) -> str:
    """Return the id of a lineage."""
    return f"{npi or ''}:{token or ''}:{level or ''}"


def lineages(claims: Iterable[Fact]) -> dict[str, Lineage]:
    """Return the lineages of an account's claims."""
    grouped: dict[str, list[Fact]] = {}
    for claim in claims:
        name = lineage_id(claim["billing_npi"], claim["patient_control_token"], claim["payer_sequence"])
        grouped.setdefault(name, []).append(claim)
    return {
        name: Lineage(name, [Attempt(claim, number) for number, claim in enumerate(sorted(own, key=in_order), 1)])
        for name, own in sorted(grouped.items())
    }


def in_order(fact: Fact) -> tuple[int, str]:
    """Sort key of facts: instant, then id."""
    return fact["at"], fact["id"]


def payment_order(remit: Fact) -> tuple[int, int, bool, int, str]:
    """Sort key of claim payments: payment date, receipt, reversals before what corrects them, place in the file."""
    day = remit["paid_on"] if remit["paid_on"] is not None else remit["at"] // 86_400_000_000
    return day, remit["at"], not remit["reversal"], remit["byte_start"], remit["id"]


def lineage_of(answer: Mapping[str, object], known: Mapping[str, Lineage], npi: object) -> Lineage | None:
    """Return the lineage that an answer is about, None where the account has no claim.

    Args:
        answer: A remittance, adjustment or acknowledgement.
        known: Lineages of the account.
        npi: Provider the answer names, if any.
    """
    if len(known) < 2:
        return next(iter(known.values()), None)
    level = _LEVEL_OF_STATUS.get(str(answer.get("claim_status_code") or ""))

    def fit(lineage: Lineage) -> tuple[int, str]:
        claim = lineage.latest.claim
        payers = {attempt.claim["payer_id"] for attempt in lineage.attempts}
        points = 4 * (npi is not None and npi == claim["billing_npi"])
        points += 2 * (answer.get("payer_id") is not None and answer["payer_id"] in payers)
        points += 3 * (level is not None and level == claim["payer_sequence"])
        return -points, lineage.lineage_id

    return min(known.values(), key=fit)


def attach_acks(acks: Sequence[Fact], known: Mapping[str, Lineage]) -> list[Fact]:
    """Give every acknowledgement, in order, to its attempt; return those that no attempt takes."""
    orphans = []
    attempts = [attempt for lineage in known.values() for attempt in lineage.attempts]
    for ack in acks:
        answered = [attempt for attempt in attempts if attempt.claim["set_token"] == ack["subject_token"]]
        if not answered:
            named = lineage_of(ack, known, ack["provider_npi"])
            answered = [] if named is None else [named.attempt_at(ack["at"])]
        for attempt in answered:
            _note(attempt, ack)
        if not answered:
            orphans.append(ack)
    for attempt in attempts:
        if attempt.acks_277ca:
            attempt.understand()
    return orphans


def _note(attempt: Attempt, ack: Fact) -> None:
    attempt.answered = True
    if ack["ack_type"] == "277CA":
        attempt.acks_277ca.append(ack)
    elif ack["accepted"] is not None and attempt.accepted_999 is not False:
        attempt.accepted_999 = bool(ack["accepted"])
        if not ack["accepted"] or attempt.ack_999_at is None:
            attempt.ack_999_at = ack["at"]
