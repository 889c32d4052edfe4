"""Envelopes: control numbers and counts of ISA, GS, ST and their trailers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from processors.x12.problems import Level, Severity, X12Problem, shown_control_number, shown_segment_id

ClaimType = Literal["professional", "institutional", "dental"]

GUIDES: dict[str, ClaimType] = {
    "005010X222": "professional",
    "005010X223": "institutional",
    "005010X224": "dental",
}
"""Claim type by implementation guide; errata (A1, A2, A3) change nothing the contract carries."""

_NOT_CLAIMS = {"005010X291", "005010X292", "005010X298", "005010X299", "005010X300"}
_NAMES = {
    "835": "a remittance advice (835)",
    "999": "an implementation acknowledgement (999)",
    "997": "a functional acknowledgement (997)",
    "277": "a claim acknowledgement or status answer (277)",
    "276": "a claim status request (276)",
    "270": "an eligibility request (270)",
    "271": "an eligibility answer (271)",
    "834": "an enrolment (834)",
    "820": "a premium payment (820)",
    "278": "a service review (278)",
}
_ASK = "Check with the sender that the whole file has arrived."


class Envelope:
    """Follows the envelope of a file and records what does not fit together.

    Attributes:
        problems: Problems found since the caller last emptied the list.
        claim_type: Type of the claims of the open transaction; null when it has none to read.
        position: Number of the current segment in its transaction, 0 outside one.
        claims: Claims seen in the open transaction.
        interchange: ISA13 of the open interchange, trimmed, as are the following.
        group: GS06 of the open group.
        transaction: ST02 of the open transaction.
    """

    def __init__(self) -> None:
        self.problems: list[X12Problem] = []
        self.claim_type: ClaimType | None = None
        self.position = 0
        self.claims = 0
        self.interchange = self.group = self.transaction = ""
        self.open_isa = self.open_gs = self.open_st = False
        self._groups = self._transactions = 0
        self._version = ""
        self._began_at = 0
        self._skipped: tuple[str, str, str] | None = None
        self._seen_transactions: set[str] = set()
        self.handlers: dict[str, Callable[[list[str], int], None]] = {
            "ISA": self._isa,
            "IEA": self._iea,
            "GS": self._gs,
            "GE": self._ge,
            "ST": self._st,
            "SE": self._se,
        }

    def problem(  # noqa: PLR0913 - one argument for each thing a problem says
        self,
        severity: Severity,
        level: Level,
        code: str,
        message: str,
        remedy: str,
        *,
        at: int,
        segment_id: str = "",
        element: int | None = None,
        ordinal: int | None = None,
        affected: int = 0,
    ) -> X12Problem:
        """Return a problem that carries the present place in the envelope."""
        return X12Problem(
            severity=severity,
            level=level,
            code=code,
            message=message,
            remedy=remedy,
            byte_offset=at,
            segment_position=self.position,
            segment_id=shown_segment_id(segment_id) if segment_id else "",
            element=element,
            interchange_control=shown_control_number(self.interchange),
            group_control=shown_control_number(self.group),
            transaction_control=shown_control_number(self.transaction),
            claim_ordinal=ordinal,
            claims_affected=affected,
        )

    def end_of_file(self, at: int) -> None:
        """Record every envelope that is still open."""
        self._close_transaction(at, "the end of the file")
        self._close_group(at, "the end of the file")
        self._close_interchange(at, "the end of the file")

    def _note(self, level: Level, code: str, message: str, segment: tuple[str, int, int | None]) -> None:
        segment_id, at, element = segment
        self.problems.append(
            self.problem("error", level, code, message, _ASK, at=at, segment_id=segment_id, element=element)
        )

    def _isa(self, e: list[str], at: int) -> None:
        self._close_transaction(at, "a new interchange")
        self._close_group(at, "a new interchange")
        self._close_interchange(at, "a new interchange")
        self.open_isa, self._groups = True, 0
        self.interchange = _trimmed(e, 13)

    def _gs(self, e: list[str], at: int) -> None:
        self._close_transaction(at, "a new group")
        self._close_group(at, "a new group")
        if not self.open_isa:
            self._note("interchange", "isa_missing", "A group stands outside an interchange", ("GS", at, None))
        self.open_gs, self._transactions = True, 0
        self._groups += 1
        self.group, self._version = _trimmed(e, 6), _trimmed(e, 8)
        self._seen_transactions.clear()

    def _st(self, e: list[str], at: int) -> None:
        self._close_transaction(at, "a new transaction set")
        if not self.open_gs:
            self._note("group", "gs_missing", "A transaction set stands outside a group", ("ST", at, None))
        self.open_st, self.position, self.claims = True, 1, 0
        self._transactions += 1
        self._began_at = at
        self.transaction = _trimmed(e, 2)
        if self.transaction in self._seen_transactions:
            self._note("transaction", "st_duplicate", "ST02 is used twice in one group", ("ST", at, 2))
        self._seen_transactions.add(self.transaction)
        self._choose_guide(_trimmed(e, 1), _trimmed(e, 3))

    def _choose_guide(self, kind: str, version: str) -> None:
        """Decide what the transaction holds, from ST03 or else GS08."""
        self.claim_type, self._skipped = None, None
        if kind != "837":
            name = _NAMES.get(kind, "not an 837")
            remedy = "Give it to the intake of that kind; claims are 837 files."
            self._skipped = ("not_claims", f"The transaction set is {name}, so it holds no claims", remedy)
            return
        for candidate in (version, self._version):
            self.claim_type = self.claim_type or GUIDES.get(candidate[:10])
        if self.claim_type is None or version[:10] in _NOT_CLAIMS:
            self.claim_type = None
            message = "The version is not a claim guide of 5010 (X222, X223 or X224)"
            remedy = "Ask the sender for 5010 claims; 4010, predetermination and reporting sets are not read."
            self._skipped = ("unsupported_guide", message, remedy)

    def _se(self, e: list[str], at: int) -> None:
        if not self.open_st:
            self._note("transaction", "st_missing", "SE stands without an ST", ("SE", at, None))
            return
        if _trimmed(e, 2) != self.transaction:
            self._note("transaction", "se_control", "SE02 differs from ST02", ("SE", at, 2))
        if _number(e, 1) != self.position:
            self._note("transaction", "se_count", "SE01 is not the number of segments", ("SE", at, 1))
        self._leave_transaction()

    def _ge(self, e: list[str], at: int) -> None:
        self._close_transaction(at, "the group trailer")
        if not self.open_gs:
            self._note("group", "gs_missing", "GE stands without a GS", ("GE", at, None))
            return
        if _trimmed(e, 2) != self.group:
            self._note("group", "ge_control", "GE02 differs from GS06", ("GE", at, 2))
        if _number(e, 1) != self._transactions:
            self._note("group", "ge_count", "GE01 is not the number of transaction sets", ("GE", at, 1))
        self.open_gs, self.group = False, ""

    def _iea(self, e: list[str], at: int) -> None:
        self._close_transaction(at, "the interchange trailer")
        self._close_group(at, "the interchange trailer")
        if not self.open_isa:
            self._note("interchange", "isa_missing", "IEA stands without an ISA", ("IEA", at, None))
            return
        if _trimmed(e, 2) != self.interchange:
            self._note("interchange", "iea_control", "IEA02 differs from ISA13", ("IEA", at, 2))
        if _number(e, 1) != self._groups:
            self._note("interchange", "iea_count", "IEA01 is not the number of groups", ("IEA", at, 1))
        self.open_isa, self.interchange = False, ""

    def _leave_transaction(self) -> None:
        if self._skipped is not None:
            code, message, remedy = self._skipped
            skipped = self.problem(
                "error",
                "transaction",
                code,
                message,
                remedy,
                at=self._began_at,
                segment_id="ST",
                affected=self.claims,
            )
            self.problems.append(skipped.at_position(1))
        self.open_st, self.position, self.transaction = False, 0, ""
        self.claim_type, self._skipped = None, None

    def _close_transaction(self, at: int, where: str) -> None:
        if self.open_st:
            self._note("transaction", "se_missing", f"SE is missing before {where}", ("SE", at, None))
            self._leave_transaction()

    def _close_group(self, at: int, where: str) -> None:
        if self.open_gs:
            self._note("group", "ge_missing", f"GE is missing before {where}", ("GE", at, None))
            self.open_gs, self.group = False, ""

    def _close_interchange(self, at: int, where: str) -> None:
        if self.open_isa:
            self._note("interchange", "iea_missing", f"IEA is missing before {where}", ("IEA", at, None))
            self.open_isa, self.interchange = False, ""


def _trimmed(elements: list[str], number: int) -> str:
    return elements[number].strip() if len(elements) > number else ""


def _number(elements: list[str], number: int) -> int:
    text = _trimmed(elements, number)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else -1
