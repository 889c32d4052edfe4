"""999 and TA1 for a received file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from processors.x12.problems import X12Problem
from processors.x12.syntax_errors import GROUP_ERRORS, INTERCHANGE_ERRORS, SEGMENT_ERRORS, SET_ERRORS
from processors.x12.verdicts import GroupVerdict, InterchangeVerdict, SetVerdict
from processors.x12.writers.interchange import Address, OutGroup, OutSegment, render

GUIDE = "005010X231A1"
_ACK_GROUP = "FA"
_MAX_SET_CODES = 5
_NO_POSITION = "1"


def write_set_acks(verdict: InterchangeVerdict, at: datetime, control: int) -> bytes:
    """Return the interchange with the TA1 and the 999 of a received interchange; nothing when none is due.

    One 999 answers each group. Groups of acknowledgements are never acknowledged.

    Args:
        verdict: The interchange.
        at: Instant of the answer, UTC.
        control: ISA13 of the answer.
    """
    group = OutGroup(_ACK_GROUP, GUIDE, "999")
    group.sets = [list(_group_ack(one)) for one in verdict.groups if _field(one.seen.elements, 1) != _ACK_GROUP]
    first = list(_interchange_ack(verdict)) if group.sets or not verdict.groups else []
    return render(answer_address(verdict), [group], at, control, first) if group.sets or first else b""


def answer_address(verdict: InterchangeVerdict) -> Address:
    """Return the address of an answer: sender and receiver change places."""
    isa = verdict.seen.elements if verdict.seen is not None else ()
    gs = verdict.groups[0].seen.elements if verdict.groups else ()
    return Address(
        sender=_field(isa, 8) or _field(gs, 3), receiver=_field(isa, 6) or _field(gs, 2),
        sender_qualifier=_field(isa, 7) or "ZZ", receiver_qualifier=_field(isa, 5) or "ZZ",
        group_sender=_field(gs, 3), group_receiver=_field(gs, 2), usage=_field(isa, 15) or "P",
    )  # fmt: skip


def _interchange_ack(verdict: InterchangeVerdict) -> Iterator[OutSegment]:
    """TA1: when the sender asks for it (ISA14) or the interchange has errors.

    Sets that were read are taken whatever is wrong with the envelope around them, so R is said only where none was:
    a sender who is told R sends everything again.
    """
    if verdict.seen is None:
        return
    isa = verdict.seen.elements
    codes = [INTERCHANGE_ERRORS[one.code] for one in verdict.problems if one.code in INTERCHANGE_ERRORS]
    taken = any(one.decision != "R" for group in verdict.groups for one in group.sets)
    if not codes and _field(isa, 14) != "1":
        return
    decision = ("E" if taken else "R") if codes else "A"
    yield ["TA1", _field(isa, 13), _field(isa, 9), _field(isa, 10), decision, codes[0] if codes else "000"]


def _group_ack(group: GroupVerdict) -> Iterator[OutSegment]:
    gs = group.seen.elements
    yield ["AK1", _field(gs, 1), _field(gs, 6), _field(gs, 8)]
    for one in group.sets:
        yield from _set_ack(one)
    decisions = [one.decision for one in group.sets]
    accepted = sum(decision != "R" for decision in decisions)
    codes = [GROUP_ERRORS[one.code] for one in group.problems if one.code in GROUP_ERRORS]
    if not accepted and (codes or decisions):
        decision = "R"
    elif accepted < len(decisions):
        decision = "P"
    else:
        decision = "E" if codes or "E" in decisions else "A"
    stated = _field(group.seen.trailer, 1)
    included = stated if stated.isascii() and stated.isdecimal() else str(len(decisions))
    yield ["AK9", decision, included, str(len(decisions)), str(accepted), *dict.fromkeys(codes[:_MAX_SET_CODES])]


def _set_ack(one: SetVerdict) -> Iterator[OutSegment]:
    st = one.seen.elements
    yield ["AK2", _field(st, 1), _field(st, 2), _field(st, 3)]
    accounts = {claim.ordinal: claim.account_number for claim in one.claims}
    has_segments = False
    for problem in one.problems:
        lines = list(_segment_error(problem, accounts))
        has_segments = has_segments or bool(lines)
        yield from lines
    codes = [SET_ERRORS[problem.code] for problem in one.problems if problem.code in SET_ERRORS]
    if has_segments:
        codes.append("5")
    yield ["IK5", one.decision, *list(dict.fromkeys(codes))[:_MAX_SET_CODES]]


def _segment_error(problem: X12Problem, accounts: dict[int, str]) -> Iterator[OutSegment]:
    """IK3, CTX and IK4 of a problem of syntax. Bad data are not repeated: they may identify a patient."""
    errors = SEGMENT_ERRORS.get(problem.code)
    if errors is None:
        return
    segment_error, element_error = errors
    name = problem.segment_id if len(problem.segment_id) > 1 else "??"
    position = str(problem.segment_position) if problem.segment_position else _NO_POSITION
    yield ["IK3", name, position, "", segment_error]
    account = accounts.get(problem.claim_ordinal or 0)
    if account:
        yield ["CTX", ["CLM01", account]]
    if element_error is not None and problem.element is not None:
        yield ["IK4", str(problem.element), "", element_error]


def _field(elements: tuple[str, ...], number: int) -> str:
    return elements[number].strip() if len(elements) > number else ""
