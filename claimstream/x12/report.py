"""The report on a file: what is in it and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from claimstream.x12.files import intake_of
from processors.x12 import (
    GroupSeen,
    InterchangeSeen,
    ParsedAck,
    ParsedClaim,
    ParsedRemit,
    RejectedClaim,
    Result,
    TransactionSeen,
    X12Problem,
    read_file,
)

_PREDETERMINATION = "predetermination"


@dataclass
class FileReport:
    """What is in a file and what is wrong with it.

    Attributes:
        interchanges: ISA envelopes.
        groups: GS envelopes.
        transactions: Transaction sets.
        claims: Claims that could be read, predeterminations included.
        claims_rejected: Claims that could not be read.
        predeterminations: Claims that ask for a predetermination and are not to be paid.
        remit_claims: Claim payments.
        remits_rejected: Claim payments that could not be read; whether they balance cannot be told.
        provider_adjustments: Provider-level adjustments (PLB).
        ack_records: Verdicts of 999, 997, 277CA and TA1.
        lines_unbalanced: Claim payments with a line that does not balance.
        claims_unbalanced: Claim payments that do not balance.
        payments_unbalanced: 835 transactions that do not balance, or of which that cannot be told.
        remittances: 835 transactions.
        unmapped: Segments without a field, by segment id.
        problems: Everything found.
    """

    interchanges: int = 0
    groups: int = 0
    transactions: int = 0
    claims: int = 0
    claims_rejected: int = 0
    predeterminations: int = 0
    remit_claims: int = 0
    remits_rejected: int = 0
    provider_adjustments: int = 0
    ack_records: int = 0
    lines_unbalanced: int = 0
    claims_unbalanced: int = 0
    payments_unbalanced: int = 0
    remittances: int = 0
    unmapped: dict[str, int] = field(default_factory=dict)
    problems: list[X12Problem] = field(default_factory=list)
    _in_set: int = 0

    @property
    def balanced(self) -> bool | None:
        """Whether every payment balances at service, claim and transaction level; null without an 835."""
        if not self.remittances:
            return None
        return not (self.lines_unbalanced or self.claims_unbalanced or self.payments_unbalanced or self.remits_rejected)

    @property
    def has_errors(self) -> bool:
        """Whether anything is wrong that is more than odd."""
        return self.balanced is False or any(problem.severity != "warning" for problem in self.problems)

    @property
    def is_unreadable(self) -> bool:
        """Whether nothing in the file could be read."""
        return not self.transactions and any(problem.severity == "fatal" for problem in self.problems)

    def to_json(self) -> dict[str, Any]:
        """Return the report as it is printed."""
        counts = {name: value for name, value in vars(self).items() if name not in ("problems", "_in_set")}
        records = [asdict(problem) for problem in self.problems]
        errors = [record for record in records if record["severity"] != "warning"]
        warnings = [record for record in records if record["severity"] == "warning"]
        return {**counts, "balanced": self.balanced, "errors": errors, "warnings": warnings}

    def add(self, result: Result) -> None:
        """Count one result."""
        if isinstance(result, X12Problem):
            self.problems.append(result)
            is_set_aside = result.code == _PREDETERMINATION
            self.predeterminations += is_set_aside
            self.claims += is_set_aside
        elif isinstance(result, ParsedClaim):
            self.claims += 1
            self._count(result.unmapped)
        elif isinstance(result, RejectedClaim):
            self.claims_rejected += result.problem.code != _PREDETERMINATION
        elif isinstance(result, ParsedRemit):
            self._add_remit(result.event)
        elif isinstance(result, ParsedAck):
            self.ack_records += 1
            self._count(result.event["unmapped"])
        else:
            self._add_seen(result)

    def _add_seen(self, seen: InterchangeSeen | GroupSeen | TransactionSeen) -> None:
        if isinstance(seen, TransactionSeen):
            self.transactions += 1
            is_remittance = seen.guide.kind == "remits"
            self.remittances += is_remittance
            self.payments_unbalanced += is_remittance and seen.balanced is not True
            if is_remittance:
                self.remits_rejected += max(seen.claims - self._in_set, 0)
            self._in_set = 0
        else:
            self.groups += isinstance(seen, GroupSeen)
            self.interchanges += isinstance(seen, InterchangeSeen)

    def _add_remit(self, event: Mapping[str, Any]) -> None:
        self._count(event["unmapped"])
        if event["kind"] == "provider":
            self.provider_adjustments += len(event["provider_adjustments"])
            return
        self.remit_claims += 1
        self._in_set += 1
        self.lines_unbalanced += event["lines_balanced"] is False
        self.claims_unbalanced += not event["claim_balanced"]

    def _count(self, names: Iterable[str]) -> None:
        for name in names:
            self.unmapped[name] = self.unmapped.get(name, 0) + 1


def read_report(file: Path) -> FileReport:
    """Read a file and count what is in it."""
    report = FileReport()
    for result in read_file(file, intake_of()):
        report.add(result)
    return report
