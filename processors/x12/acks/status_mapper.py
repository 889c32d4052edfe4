"""277CA into acks.received events: receiver, provider and claim level."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from processors.x12.acks.defaults import Event, blank_ack
from processors.x12.acks.frame import StatusLevel
from processors.x12.acks.status_body import LIMITS
from processors.x12.body import kept
from processors.x12.envelope import Envelope
from processors.x12.lineage import Intake
from processors.x12.problems import X12Problem
from processors.x12.results import ParsedAck
from processors.x12.values import cents, code, day, identifier, period

SCHEMA_NAME = "acks.received"
_LEVEL_NAMES = {"20": "source", "21": "receiver", "19": "provider", "PT": "claim"}
_ACCEPTED = frozenset({"A0", "A1", "A2", "A5"})
_REJECTED = frozenset({"A3", "A4", "A6", "A7", "A8"})
_BLANK = [""] * 14
_COUNTS = {"90": "accepted_count", "QA": "accepted_count", "AA": "rejected_count", "QC": "rejected_count"}
_AMOUNTS = {"YU": "accepted_cents", "YY": "rejected_cents"}
_SOURCE_DATES = {"050": "received_on", "009": "processed_on"}
_SPEAKING = frozenset({"STC", "QTY", "AMT"})
_RESEND = "Ask the sender for the acknowledgement again; the others are not affected."
_CHECK = "The acknowledgement was read; check it."

Target = dict[str, Any]


class StatusMapper:
    """Maps the levels of 277CA transactions.

    Args:
        intake: Tenant, keys and clock.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def map(self, level: StatusLevel, raw: bytes, envelope: Envelope) -> Iterator[ParsedAck | X12Problem]:
        """Yield the event of a level that says something of its own, after the problems found in it."""
        why = level.rejection
        if why is not None:
            problem = envelope.problem("error", "claim", why.code, why.message, _RESEND, at=why.at,
                segment_id=why.segment_id, affected=int(level.code == "PT"))  # fmt: skip
            yield problem.at_position(why.position)
            return
        if level.code != "PT" and not any(one[0][0] in _SPEAKING for one in level.segments):
            return
        reading = _Reading(blank_ack("277CA", _LEVEL_NAMES[level.code]), level)
        for position, (elements, at, _) in enumerate(level.segments, level.position):
            reading.read(elements)
            for message, element in reading.oddities:
                problem = envelope.problem("warning", "claim", "ack_value", message, _CHECK, at=at,
                    segment_id=elements[0], element=element)  # fmt: skip
                yield problem.at_position(position)
            reading.oddities.clear()
        event = reading.event
        _judge(event)
        _name_parties(event, level)
        start, end = level.segments[0][1], level.segments[-1][2]
        yield self._finish(event, reading, level, (raw, start, end), envelope)

    def _finish(
        self, event: Event, reading: _Reading, level: StatusLevel, place: tuple[bytes, int, int], envelope: Envelope
    ) -> ParsedAck:
        intake = self._intake
        tenant, token = intake.tenant_id, intake.tokenizer.token
        made = {**intake.lineage(*place, envelope, f"{event['level']} {place[1]}"), **event}
        sealed, trace = reading.sealed, level.facts.get("trace", "")
        if level.code == "PT":
            sealed["account_number"] = trace
            made["patient_control_token"] = made["subject_token"] = token(tenant, "patient_control", trace)
        else:
            batch = made["batch_reference"] or ""
            made["subject_token"] = token(tenant, "acknowledged", "batch", batch, made["provider_npi"] or "")
        for line, number in reading.line_controls:
            line["line_control_token"] = token(tenant, "line_control", number)
        if reading.line_controls:
            sealed["line_controls"] = [[line["line_number"], number] for line, number in reading.line_controls]
        made["phi"] = intake.sealer.seal_json(sealed, tenant, SCHEMA_NAME, made["event_id"])
        return ParsedAck(made, place[1], place[2])


class _Reading:
    """Reads the segments of one level into an event."""

    def __init__(self, event: Event, level: StatusLevel) -> None:
        self.event = event
        self.sealed: dict[str, Any] = {}
        self.line: Target | None = None
        self.line_controls: list[tuple[Target, str]] = []
        self.oddities: list[tuple[str, int]] = []
        self._component = level.component
        self._is_claim = level.code == "PT"

    def read(self, elements: list[str]) -> None:
        handler = _HANDLERS.get(elements[0])
        if handler is None or elements[0] not in LIMITS:
            self.keep(elements)
        else:
            handler(self, elements + _BLANK[len(elements) :])

    def keep(self, elements: list[str]) -> None:
        self.event["unmapped"].append(elements[0])
        self.sealed.setdefault("segments", []).append(kept(elements, self._component))

    def pass_over(self, e: list[str]) -> None:
        """HL and TRN: read where the level begins."""

    def name(self, e: list[str]) -> None:
        names = {"entity": e[1], "last": e[3], "first": e[4], "middle": e[5], "suffix": e[7], "qualifier": e[8],
            "id": e[9]}  # fmt: skip
        self.sealed["name"] = {name: value for name, value in names.items() if value}

    def status(self, e: list[str]) -> None:
        target = self.event if self.line is None else self.line
        if not target["statuses"] and self.line is None:
            self.event["charge_cents"] = cents(e[4]) if e[4] else None
            self.event["decision"] = code(e[3], 2) or ""
        for composite in (e[1], e[10], e[11]):
            if not composite:
                continue
            parts = [*composite.split(self._component), "", "", ""]
            category = code(parts[0], 3)
            if category is None:
                self.oddities.append(("A claim status has no category", 1))
                continue
            target["statuses"].append({
                "action_code": code(e[3], 2), "effective_on": day(e[2].strip()), "category_code": category,
                "status_code": code(parts[1], 3), "entity_code": code(parts[2], 3), "code_list": code(parts[3], 3),
            })  # fmt: skip
        if e[12]:
            self.sealed.setdefault("messages", []).append(e[12])

    def reference(self, e: list[str]) -> None:
        if self.line is not None:
            if e[1] == "FJ" and e[2].strip():
                self.line_controls.append((self.line, e[2]))
                return
        elif e[1] == "1K":
            self.event["payer_claim_control_number"] = identifier(e[2], 50)
            return
        elif e[1] == "D9":
            self.event["clearinghouse_trace"] = identifier(e[2], 50)
            return
        elif e[1] == "BLT":
            self.event["type_of_bill"] = code(e[2], 4)
            return
        self.keep(e)

    def date(self, e: list[str]) -> None:
        target = self.event if self.line is None else self.line
        if e[1] == "472":
            target["service_from"], target["service_to"] = period(e[3])
            if target["service_from"] is None:
                self.oddities.append(("DTP03 is not a date", 3))
        elif e[1] not in ("050", "009"):
            self.keep(e)

    def count(self, e: list[str]) -> None:
        field, text = _COUNTS.get(e[1]), e[2].strip()
        if field is not None and text.isascii() and text.isdecimal() and len(text) < 10:
            self.event[field] = int(text)
        else:
            self.keep(e)

    def amount(self, e: list[str]) -> None:
        field = _AMOUNTS.get(e[1])
        if field is None:
            self.keep(e)
            return
        self.event[field] = cents(e[2])

    def service(self, e: list[str]) -> None:
        parts = e[1].split(self._component)
        revenue = code(parts[1], 4) if parts[0] == "NU" and len(parts) > 1 else code(e[4], 4)
        self.line = {
            "line_number": len(self.event["lines"]) + 1, "procedure_qualifier": code(parts[0], 2),
            "procedure_code": code(parts[1], 48) if len(parts) > 1 and parts[0] != "NU" else None,
            "modifiers": [found for part in parts[2:6] if (found := code(part, 2))], "revenue_code": revenue,
            "charge_cents": cents(e[2]), "line_control_token": None, "service_from": None, "service_to": None,
            "statuses": [],
        }  # fmt: skip
        self.event["lines"].append(self.line)


_HANDLERS: dict[str, Callable[[_Reading, list[str]], None]] = {
    "HL": _Reading.pass_over, "TRN": _Reading.pass_over, "NM1": _Reading.name, "STC": _Reading.status,
    "REF": _Reading.reference, "DTP": _Reading.date, "QTY": _Reading.count, "AMT": _Reading.amount,
    "SVC": _Reading.service,
}  # fmt: skip


def _judge(event: Event) -> None:
    """Set whether it was accepted: a rejecting category decides, then the action code, then the rest."""
    categories = {status["category_code"] for status in event["statuses"]}
    if categories & _REJECTED or event["decision"] == "U":
        event["accepted"] = False
    elif categories & _ACCEPTED or event["decision"] == "WQ":
        event["accepted"] = True


def _name_parties(event: Event, level: StatusLevel) -> None:
    """Set source, receiver, provider and batch from the level and those above it."""
    levels = {**level.above, level.code: level}
    source, receiver, provider = levels.get("20"), levels.get("21"), levels.get("19")
    if source is not None:
        event["payer_id"] = identifier(source.facts.get("id", ""))
        for elements, _, _ in source.segments:
            if elements[0] == "DTP" and len(elements) > 3 and elements[1] in _SOURCE_DATES:
                event[_SOURCE_DATES[elements[1]]] = day(elements[3].strip())
    if receiver is not None:
        event["receiver_id"] = identifier(receiver.facts.get("id", ""))
        event["batch_reference"] = identifier(receiver.facts.get("trace", ""), 50)
    if provider is not None and provider.facts.get("qualifier") == "XX":
        event["provider_npi"] = code(provider.facts.get("id", ""), 15)
