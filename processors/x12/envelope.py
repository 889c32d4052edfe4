"""Envelopes: control numbers and counts of ISA, GS, ST and their trailers."""

from __future__ import annotations

from collections.abc import Callable

from processors.x12.delimiters import Delimiters
from processors.x12.guides import EVERY_KIND, ClaimType, Guide, Kind, choose_guide
from processors.x12.problems import Level, Severity, X12Problem, shown_control_number, shown_segment_id
from processors.x12.results import Elements, GroupSeen, InterchangeSeen, Seen, TransactionSeen
from processors.x12.values import identifier

_ASK = "Check with the sender that the whole file has arrived."
_NO_GUIDE = Guide("")


class Envelope:
    """Follows the envelope of a file and records what does not fit together.

    Args:
        wanted: Kinds of transaction sets that the caller reads.

    Attributes:
        found: Problems found and units ended since the caller last emptied the list, in file order.
        guide: Guide of the open transaction.
        kind: What the open transaction holds; null when it is not read, or none is open.
        claim_type: Type of the claims of the open transaction; null when it has none to read.
        position: Number of the current segment in its transaction, 0 outside one.
        claims: Claims seen in the open transaction.
        header: BHT and names that stand before the first level of the open transaction.
        balanced: Verdict on the open 835, set by its reader.
        interchange: ISA13 of the open interchange, trimmed, as are the following.
        group: GS06 of the open group.
        transaction: ST02 of the open transaction.
        delimiters: Those of the open interchange, set by the caller.
    """

    def __init__(self, wanted: frozenset[Kind] = EVERY_KIND) -> None:
        self.found: list[X12Problem | Seen] = []
        self.guide = _NO_GUIDE
        self.kind: Kind | None = None
        self.claim_type: ClaimType | None = None
        self.position = 0
        self.claims = 0
        self.header: list[Elements] = []
        self.balanced: bool | None = None
        self.interchange = self.group = self.transaction = ""
        self.open_isa = self.open_gs = self.open_st = False
        self.delimiters: Delimiters | None = None
        self._wanted = wanted
        self._groups = self._transactions = 0
        self._isa_seen: tuple[Elements, int] = ((), 0)
        self._gs_seen: tuple[Elements, int] = ((), 0)
        self._st_seen: tuple[Elements, int] = ((), 0)
        self._seen_transactions: set[str] = set()
        self.handlers: dict[str, Callable[[list[str], int, int], None]] = {
            "ISA": self._isa,
            "IEA": self._iea,
            "GS": self._gs,
            "GE": self._ge,
            "ST": self._st,
            "SE": self._se,
        }

    def receiver(self) -> str | None:
        """Return the id of the organisation that receives an 837 (loop 1000B), or null where it names none."""
        for elements in self.header:
            if elements[:3] == ("NM1", "40", "2") and len(elements) > 9:
                return identifier(elements[9])
        return None

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
        self._close_all(at, "the end of the file")

    def _close_all(self, at: int, where: str) -> None:
        self._close_transaction(at, where)
        self._close_group(at, where)
        self._close_interchange(at, where)

    def _note(self, level: Level, code: str, message: str, segment: tuple[str, int, int | None]) -> None:
        segment_id, at, element = segment
        self.found.append(
            self.problem("error", level, code, message, _ASK, at=at, segment_id=segment_id, element=element)
        )

    def _isa(self, e: list[str], at: int, _: int) -> None:
        self._close_all(at, "a new interchange")
        self.open_isa, self._groups = True, 0
        self.interchange = _trimmed(e, 13)
        self._isa_seen = tuple(e), at

    def _gs(self, e: list[str], at: int, _: int) -> None:
        self._close_transaction(at, "a new group")
        self._close_group(at, "a new group")
        if not self.open_isa:
            self._note("interchange", "isa_missing", "A group stands outside an interchange", ("GS", at, None))
        self.open_gs, self._transactions = True, 0
        self._groups += 1
        self.group = _trimmed(e, 6)
        self._gs_seen = tuple(e), at
        self._seen_transactions.clear()

    def _st(self, e: list[str], at: int, _: int) -> None:
        self._close_transaction(at, "a new transaction set")
        if not self.open_gs:
            self._note("group", "gs_missing", "A transaction set stands outside a group", ("ST", at, None))
        self.open_st, self.position, self.claims, self.balanced = True, 1, 0, None
        self.header = []
        self._transactions += 1
        self._st_seen = tuple(e), at
        self.transaction = _trimmed(e, 2)
        if not self.transaction:
            self._note("transaction", "st_control", "ST02 (control number of the set) is empty", ("ST", at, 2))
        if self.transaction in self._seen_transactions:
            self._note("transaction", "st_duplicate", "ST02 is used twice in one group", ("ST", at, 2))
        self._seen_transactions.add(self.transaction)
        version = _trimmed(list(self._gs_seen[0]), 8) if self.open_gs else ""
        self.guide = guide = choose_guide(_trimmed(e, 1), _trimmed(e, 3), version, self._wanted)
        self.kind, self.claim_type = guide.kind, guide.claim_type
        if guide.old and guide.kind is not None:
            message = "The set is of 4010; it is read with the layout of 5010, and what has no place there is kept"
            remedy = "Check a few of its claims; ask the sender for 5010."
            self.found.append(
                self.problem("warning", "transaction", "old_version", message, remedy, at=at, segment_id="ST")
            )

    def _se(self, e: list[str], at: int, end: int) -> None:
        if not self.open_st:
            self._note("transaction", "st_missing", "SE stands without an ST", ("SE", at, None))
            return
        if _trimmed(e, 2) != self.transaction:
            self._note("transaction", "se_control", "SE02 differs from ST02", ("SE", at, 2))
        if _number(e, 1) != self.position:
            self._note("transaction", "se_count", "SE01 is not the number of segments", ("SE", at, 1))
        self._leave_transaction(end)

    def _ge(self, e: list[str], at: int, end: int) -> None:
        self._close_transaction(at, "the group trailer")
        if not self.open_gs:
            self._note("group", "gs_missing", "GE stands without a GS", ("GE", at, None))
            return
        if _trimmed(e, 2) != self.group:
            self._note("group", "ge_control", "GE02 differs from GS06", ("GE", at, 2))
        if _number(e, 1) != self._transactions:
            self._note("group", "ge_count", "GE01 is not the number of transaction sets", ("GE", at, 1))
        self._leave_group(tuple(e), end)

    def _iea(self, e: list[str], at: int, end: int) -> None:
        self._close_transaction(at, "the interchange trailer")
        self._close_group(at, "the interchange trailer")
        if not self.open_isa:
            self._note("interchange", "isa_missing", "IEA stands without an ISA", ("IEA", at, None))
            return
        if _trimmed(e, 2) != self.interchange:
            self._note("interchange", "iea_control", "IEA02 differs from ISA13", ("IEA", at, 2))
        if _number(e, 1) != self._groups:
            self._note("interchange", "iea_count", "IEA01 is not the number of groups", ("IEA", at, 1))
        self._leave_interchange(end)

    def _leave_transaction(self, end: int) -> None:
        elements, began = self._st_seen
        guide = self.guide
        if guide.refusal is not None:
            code, message, remedy = guide.refusal
            refused = self.problem("error", "transaction", code, message, remedy, at=began, segment_id="ST",
                affected=self.claims)  # fmt: skip
            self.found.append(refused.at_position(1))
        self.found.append(
            TransactionSeen(elements, guide, began, end, self.position, self.claims, tuple(self.header), self.balanced)
        )
        self.open_st, self.position, self.transaction = False, 0, ""
        self.guide, self.kind, self.claim_type = _NO_GUIDE, None, None

    def _leave_group(self, trailer: Elements, end: int) -> None:
        elements, began = self._gs_seen
        self.found.append(GroupSeen(elements, trailer, began, end, self._transactions))
        self.open_gs, self.group = False, ""

    def _leave_interchange(self, end: int) -> None:
        elements, began = self._isa_seen
        self.found.append(InterchangeSeen(elements, began, end, self._groups, self.delimiters))
        self.open_isa, self.interchange = False, ""

    def _close_transaction(self, at: int, where: str) -> None:
        if self.open_st:
            self._note("transaction", "se_missing", f"SE is missing before {where}", ("SE", at, None))
            self._leave_transaction(at)

    def _close_group(self, at: int, where: str) -> None:
        if self.open_gs:
            self._note("group", "ge_missing", f"GE is missing before {where}", ("GE", at, None))
            self._leave_group((), at)

    def _close_interchange(self, at: int, where: str) -> None:
        if self.open_isa:
            self._note("interchange", "iea_missing", f"IEA is missing before {where}", ("IEA", at, None))
            self._leave_interchange(at)


def _trimmed(elements: list[str], number: int) -> str:
    return elements[number].strip() if len(elements) > number else ""


def _number(elements: list[str], number: int) -> int:
    text = _trimmed(elements, number)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else -1
