"""999, 997 and TA1 into acks.received events: interchange, group, set and segment level."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from processors.x12.acks.defaults import Event, blank_ack
from processors.x12.acks.frame import SetAckFrame
from processors.x12.body import kept
from processors.x12.envelope import Envelope
from processors.x12.frame import InterchangeAckFrame
from processors.x12.lineage import Intake
from processors.x12.results import ParsedAck
from processors.x12.tokenizer import Segment
from processors.x12.values import code, identifier, short_day

SCHEMA_NAME = "acks.received"
_ACCEPTED = {"A": True, "E": True, "P": None, "R": False, "M": False, "W": False, "X": False}
"""TA104, IK501 and AK901; P accepts some sets and rejects others, so the sets say which."""

_BLANK = [""] * 12
_ERRORS = frozenset({"IK3", "AK3"})


class SetAckMapper:
    """Maps the frames of 999, 997 and TA1.

    Args:
        intake: Tenant, keys and clock.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def map_interchange(self, frame: InterchangeAckFrame, raw: bytes, envelope: Envelope) -> ParsedAck:
        """Return the event of a TA1."""
        e = _padded(frame.elements)
        event = blank_ack("TA1", "interchange")
        event["acknowledged_interchange"] = identifier(e[1], 50)
        event["acknowledged_on"] = short_day(e[2])
        _decide(event, e[4], [e[5]])
        return self._finish(event, raw, frame.start, frame.end, envelope, self._token(e[1].strip()), {})

    def map_set(self, frame: SetAckFrame, raw: bytes, envelope: Envelope, component: str) -> Iterator[ParsedAck]:
        """Yield the event of a set or a group, and behind that of a set one for each erroneous segment."""
        start, end = frame.segments[0][1], frame.segments[-1][2]
        if not frame.is_set:
            event = self._group_event(frame, "group")
            e = _padded(frame.segments[0][0])
            _decide(event, e[1], e[5:10])
            event["sets_included"], event["sets_received"], event["sets_accepted"] = map(_count, e[2:5])
            yield self._finish(event, raw, start, end, envelope, self._token(e_control(frame.group)), {})
            return
        event = self._group_event(frame, "set")
        self._name_set(event, frame)
        last = frame.segments[-1][0]
        if last[0] in ("IK5", "AK5"):
            e = _padded(last)
            _decide(event, e[1], e[2:7])
        subject = self._intake.set_token(e_control(frame.group), event["acknowledged_set"] or "")
        own = [one for one in frame.segments if one[0][0] not in _SHAPES]
        event["unmapped"] = [one[0][0] for one in own]
        sealed = {"segments": [kept(one[0], component) for one in own]} if own else {}
        yield self._finish(event, raw, start, end, envelope, subject, sealed)
        for group in _segment_groups(frame.segments):
            event, sealed = self._segment_event(frame, group, component)
            at, to = group[0][1], group[-1][2]
            yield self._finish(event, raw[at - start : to - start], at, to, envelope, subject, sealed)

    def _group_event(self, frame: SetAckFrame, level: str) -> Event:
        event, group = blank_ack(frame.ack_type, level), _padded(frame.group)
        event["functional_id"] = code(group[1], 2)
        event["acknowledged_group"] = identifier(group[2], 50)
        event["acknowledged_guide"] = identifier(group[3], 30)
        return event

    def _name_set(self, event: Event, frame: SetAckFrame) -> None:
        e = _padded(frame.segments[0][0])
        event["set_id"], event["acknowledged_set"] = code(e[1], 3), identifier(e[2], 50)
        event["acknowledged_guide"] = identifier(e[3], 30) or event["acknowledged_guide"]

    def _segment_event(self, frame: SetAckFrame, group: list[Segment], component: str) -> tuple[Event, dict[str, Any]]:
        event = self._group_event(frame, "segment")
        self._name_set(event, frame)
        e = _padded(group[0][0])
        event["segment_id"], event["segment_position"], event["loop"] = code(e[1], 3), _count(e[2]), identifier(e[3])
        event["accepted"], event["error_codes"] = False, _codes([e[4]])
        sealed: dict[str, Any] = {}
        for elements, _, _ in group[1:]:
            e = _padded(elements)
            if elements[0] == "CTX":
                _read_context(event, sealed, e, component)
            else:
                _read_element(event, sealed, e, component)
        account = sealed.get("account_number")
        if account:
            event["patient_control_token"] = self._intake.tokenizer.token(
                self._intake.tenant_id, "patient_control", account
            )
        return event, sealed

    def _token(self, control: str) -> str:
        """Return the token of an acknowledged group or interchange."""
        return self._intake.tokenizer.token(self._intake.tenant_id, "acknowledged", control)

    def _finish(
        self, event: Event, raw: bytes, start: int, end: int, envelope: Envelope, subject: str,
        sealed: dict[str, Any],
    ) -> ParsedAck:  # fmt: skip
        intake = self._intake
        made = {**intake.lineage(raw, start, end, envelope, f"{event['level']} {start}"), **event}
        made["subject_token"] = subject
        if sealed:
            made["phi"] = intake.sealer.seal_json(sealed, intake.tenant_id, SCHEMA_NAME, made["event_id"])
        return ParsedAck(made, start, end)


_SHAPES = frozenset({"AK2", "IK3", "AK3", "IK4", "AK4", "CTX", "IK5", "AK5"})


def e_control(group: list[str]) -> str:
    """Return AK102, or nothing."""
    return group[2].strip() if len(group) > 2 else ""


def _segment_groups(segments: list[Segment]) -> Iterator[list[Segment]]:
    """Yield each IK3 with the CTX and IK4 behind it."""
    group: list[Segment] = []
    for segment in segments:
        name = segment[0][0]
        if name in _ERRORS:
            if group:
                yield group
            group = [segment]
        elif group and name in ("IK4", "AK4", "CTX"):
            group.append(segment)
    if group:
        yield group


def _read_context(event: Event, sealed: dict[str, Any], e: list[str], component: str) -> None:
    """CTX: the situation, or the business name of what is wrong (CLM01 is the account number)."""
    name, _, value = e[1].partition(component)
    place = e[5].split(component)
    event["contexts"].append({
        "name": (identifier(name, 35) or "").upper(), "segment_id": code(e[2], 3), "segment_position": _count(e[3]),
        "loop": identifier(e[4]), "element": _count(place[0]),
    })  # fmt: skip
    if name.strip().upper() == "CLM01" and value:
        sealed["account_number"] = value
    elif value:
        sealed.setdefault("context_values", []).append(value)


def _read_element(event: Event, sealed: dict[str, Any], e: list[str], component: str) -> None:
    place = [*e[1].split(component), "", ""]
    event["elements"].append({
        "element": _count(place[0]), "component": _count(place[1]), "repetition": _count(place[2]),
        "reference_number": code(e[2], 5), "error_code": code(e[3], 3),
    })  # fmt: skip
    if e[4]:
        sealed.setdefault("bad_values", []).append(e[4])


def _decide(event: Event, decision: str, codes: list[str]) -> None:
    event["decision"] = code(decision, 1) or ""
    event["accepted"] = _ACCEPTED.get(event["decision"])
    event["error_codes"] = _codes(codes)


def _codes(texts: list[str]) -> list[str]:
    return [found for text in texts if (found := code(text, 3))]


def _count(text: str) -> int | None:
    stripped = text.strip()
    return int(stripped) if stripped.isascii() and stripped.isdecimal() and len(stripped) < 10 else None


def _padded(elements: list[str]) -> list[str]:
    return elements + _BLANK[len(elements) :]
