"""Turns the lines of a story into events: claims.scored, acks.received, remits.received, actions and work items."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from schemas.contracts import ACKS_RECEIVED, CLAIMS_SCORED, REMITS_RECEIVED, WORKQUEUE_ACTIONS, WORKQUEUE_CASE, Contract
from tests.unit.correlation.events import DAY, HOUR, Event, ack_277ca, ack_999, action, blank, claim, provider, remit

YEAR = 2026
NPI = "1234567893"
CLAIM_TIME, REMIT_TIME, ACTION_TIME = "12:00", "08:00", "15:00"
ACKNOWLEDGED = (("999", 0.5), ("277CA A1", 2), ("277CA A2 payer", 20))
_CODES = ("99213", "93000")
_REASONS = {"co": ("CO", "45"), "pr": ("PR", "1"), "co24": ("CO", "24"), "seq": ("CO", "253"), "prior": ("OA", "23")}
Told = tuple[Contract, Event]


def instant(text: str, time: str = REMIT_TIME) -> int:
    """Return an instant of a day ("MM-DD") or of a day and time ("MM-DDThh:mm"), in microseconds."""
    whole = text if "T" in text else f"{text}T{time}"
    return round(datetime.fromisoformat(f"{YEAR}-{whole}").replace(tzinfo=UTC).timestamp()) * 1_000_000


def cents(dollars: object) -> int:
    """Return dollars, as written, in cents."""
    return round(float(str(dollars)) * 100)


@dataclass
class Teller:
    """Tells one story.

    Attributes:
        name: Story.
        payer: Payer.
        tenant: Tenant it is told for.
        promises: Whether the payer has a contract.
        claims: Claims so far, the last one being that of which the next lines speak.
        last_action: Id of the last action.
        count: Events so far.
    """

    name: str
    payer: str
    tenant: str
    promises: bool
    claims: list[Event] = field(default_factory=list)
    last_action: str | None = None
    count: int = 0

    @property
    def token(self) -> str:
        """Keyed hash of the patient control number, so to speak."""
        return f"pct-{self.name}"

    @property
    def level(self) -> str:
        """Payer level of the bill."""
        return str(self.claims[0]["payer_sequence"]) if self.claims else "P"

    def tell(self, lines: list[Any]) -> Iterator[Told]:
        """Yield the events of the lines of a story."""
        makers: dict[str, Callable[..., Iterator[Told]]] = {
            "claim": self._claim, "ack": self._ack, "remit": self._remit, "action": self._action, "plb": self._plb,
            "work": self._work,
        }  # fmt: skip
        for line in lines:
            if line == "acknowledged":
                for ack, after in ACKNOWLEDGED:
                    yield from self._ack(ack, after)
                continue
            (what, first), *rest = line.items()
            yield from makers[what](first, **dict(rest))

    def _own(self, event: Event) -> Event:
        self.count += 1
        made = {**event, "tenant_id": self.tenant, "event_id": f"{self.tenant}/{self.name}/{self.count}"}
        if made.get("patient_control_token") is not None:
            made["patient_control_token"] = self.token
        return made

    def _claim(
        self,
        on: str,
        lines: list[dict[str, Any]] | None = None,
        modifiers: list[list[str]] | None = None,
        **fields: Any,
    ) -> Iterator[Told]:
        at = instant(on, CLAIM_TIME)
        first = self.claims[0] if self.claims else {}
        number = len(self.claims) + 1
        told = lines or [{"modifiers": m} for m in modifiers or [[], []]]
        made = [self._claim_line(place, line) for place, line in enumerate(told, 1)]
        prices = [line["expected_allowed_cents"] for line in made if line["expected_allowed_cents"] is not None]
        service = first.get("service_from", at // DAY - 3)
        event = self._own(claim(
            number, at, claim_id=f"{self.name}-{number}", payer_id=self.payer, billing_npi=NPI, rendering_npi="doctor",
            lines=[{**line, "service_from": service} for line in made], scored_at=at, scored_by="model",
            total_charge_cents=sum(line["charge_cents"] for line in made), service_from=service, service_to=service,
            expected_allowed_cents=sum(prices) if prices else None, price_basis=self._basis,
            charge_posted_on=first.get("charge_posted_on", at // DAY - 1), set_token=f"set-{self.name}-{number}",
            approval_probability=fields.get("p", 0.9), model_version="denials-1",
            disposition=fields.get("disposition", "ready"), frequency_code=fields.get("frequency", "1"),
            error_count=fields.get("errors", 0), warning_count=fields.get("warnings", 0),
            touch_count=fields.get("touches"), payer_sequence=fields.get("level", "P"),
            claim_type=fields.get("kind", "professional"), type_of_bill=fields.get("bill"),
        ))  # fmt: skip
        self.claims.append(event)
        yield CLAIMS_SCORED, event

    @property
    def _basis(self) -> str:
        return "contract" if self.promises else "model"

    def _claim_line(self, place: int, told: dict[str, Any]) -> Event:
        expected = told.get("expected", 80)
        return {
            "line_number": place, "procedure_code": told.get("code", _CODES[place - 1]),
            "modifiers": told.get("modifiers", []), "revenue_code": told.get("revenue"),
            "charge_cents": cents(told.get("charge", 100)), "units": 1.0,
            "expected_allowed_cents": None if expected is None else cents(expected), "price_steps": [],
            "rvu_work_e5": None if expected is None else 100_000,
            "price_basis": "none" if expected is None else self._basis,
            "price_status": "not_in_schedule" if expected is None else "priced",
        }  # fmt: skip

    def _ack(self, ack: str, after: float) -> Iterator[Told]:
        latest = self.claims[-1]
        at = latest["submitted_at"] + round(after * HOUR)
        kind, *words = ack.split()
        if kind == "999":
            yield ACKS_RECEIVED, self._own(ack_999("", at, accepted="rejected" not in words, of=latest["set_token"]))
            return
        category = words[0]
        event = self._own(ack_277ca("", at, category, payer=self.payer if "payer" in words else "CLEARINGHOUSE"))
        verdict = True if category in ("A1", "A2") else False if category in ("A3", "A7") else None
        yield ACKS_RECEIVED, {**event, "subject_token": self.token, "accepted": verdict}

    def _remit(self, on: str, lines: list[str], **fields: Any) -> Iterator[Told]:
        at = instant(on)
        known = [claim for claim in self.claims if claim["submitted_at"] <= at]
        status = fields.get("status", "1")
        billed = self._billed(known, status, len(lines))
        made = [_remit_line(text, line) for text, line in zip(lines, billed, strict=True)]
        sign = -1 if status == "22" else 1
        event = remit("", at, made, status, payer_id=self.payer, payee_npi=NPI)
        charge = sum(line["charge_cents"] for line in made) or 20_000
        paid_on = instant(fields.get("paid_on", on)) // DAY
        yield REMITS_RECEIVED, self._own({
            **event, "payment_id": f"{self.tenant}/{self.name}/{at}", "charge_cents": sign * charge,
            "claim_balanced": fields.get("balanced", True), "paid_on": paid_on,
        })  # fmt: skip

    def _billed(self, known: list[Event], status: str, count: int) -> list[Event]:
        """Return the claim lines that a remittance answers; a reversal answers those of the attempt that was paid."""
        if not known:
            return [self._claim_line(place, {}) for place in range(1, count + 1)]
        return list(next(c for c in reversed(known) if len(c["lines"]) == count or not count)["lines"][:count])

    def _action(self, on: str, what: str = "done", outcome: str | None = None) -> Iterator[Told]:
        undone = self.last_action if what == "undo" else None
        event = self._own(action("", instant(on, ACTION_TIME), what, outcome=outcome, undoes_event_id=undone))
        self.last_action = event["event_id"]
        yield WORKQUEUE_ACTIONS, {**event, "lineage_id": self._lineage}

    @property
    def _lineage(self) -> str:
        return f"{NPI}:{self.token}:{self.level}"

    def _plb(self, on: str, reason: str, amount: float, names: str = "claim") -> Iterator[Told]:
        at = instant(on)
        reference = self.token if names == "claim" else f"unknown-{self.name}"
        event = self._own(provider("", at, (reason, reference, cents(amount))))
        yield REMITS_RECEIVED, {**event, "payment_id": f"{self.tenant}/{self.name}/{at}", "payer_id": self.payer}

    def _work(self, queue: str, opened: str, due: str, finished: str | None = None) -> Iterator[Told]:
        """Yield what a queue says of an item: opened, and finished."""
        case = {
            **blank(WORKQUEUE_CASE), "queue": queue, "lineage_id": self._lineage, "patient_control_token": self.token,
            "payer_id": self.payer, "status": "open", "opened_at": instant(opened), "due_at": instant(due),
            "revision": 1,
        }  # fmt: skip
        yield WORKQUEUE_CASE, self._own(case)
        if finished is not None:
            done = {**case, "status": "done", "finished_at": instant(finished), "revision": 2}
            yield WORKQUEUE_CASE, self._own(done)


def _remit_line(text: str, billed: Event) -> Event:
    """Return a line of a remittance told in words, such as "paid 80, co 20"; it must balance."""
    parts = [part.split() for part in text.split(",")]
    words = {part[0]: part[1] for part in parts}
    if "denied" in words:
        adjustments = [("CO", words["denied"], billed["charge_cents"])]
    else:
        adjustments = [(*_REASONS[word], cents(value)) for word, value in words.items() if word in _REASONS]
    paid = cents(words.get("paid", 0))
    assert paid + sum(a[2] for a in adjustments) == billed["charge_cents"], text
    recoded = words.get("recode")
    return {
        "line_number": billed["line_number"], "procedure_code": recoded or billed["procedure_code"],
        "modifiers": billed["modifiers"], "revenue_code": billed["revenue_code"],
        "submitted_procedure_code": billed["procedure_code"] if recoded else None, "submitted_modifiers": [],
        "charge_cents": billed["charge_cents"], "paid_cents": paid, "units": 1.0,
        "service_from": billed.get("service_from"), "allowed_cents": None, "remark_codes": [],
        "adjustments": [
            {"group_code": g, "carc": c, "amount_cents": a, "quantity": None} for g, c, a in adjustments
        ],
    }  # fmt: skip
