"""Claim payments and provider adjustments of an 835 into remits.received events, with balance verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from processors.x12.envelope import Envelope
from processors.x12.frame import Placed
from processors.x12.lineage import Intake
from processors.x12.problems import ClaimRejectedError, Severity, X12Problem
from processors.x12.remits.defaults import CLAIM_DEFAULTS, LIST_FIELDS, Event
from processors.x12.remits.draft import RemitDraft
from processors.x12.remits.frame import PaymentHeader, ProviderFrame, RemitFrame
from processors.x12.remits.header import Payment, read_header
from processors.x12.remits.limits import LIMITS
from processors.x12.remits.provider import read_plb
from processors.x12.remits.segments import ABOVE_LINES, IN_LINES
from processors.x12.results import ParsedRemit
from processors.x12.values import identifier

SCHEMA_NAME = "remits.received"
_PADDING = [[""] * missing for missing in range(40)]
_RESEND = "Ask the payer for the claim payment again; the others are not affected."
_CHECK = "The claim payment was read; check it."


class RemitMapper:
    """Maps the frames of the 835 transactions of one file.

    Args:
        intake: Tenant, keys and clock.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def map_claim(self, frame: RemitFrame, raw: bytes, envelope: Envelope) -> Iterator[ParsedRemit | X12Problem]:
        """Yield the event of a claim payment after the problems found in it."""
        why = frame.rejection
        if why is not None:
            given_up = ClaimRejectedError(None, why.code, why.message, _RESEND)
            yield _problem(envelope, frame, "error", given_up, ([why.segment_id], why.at, why.position))
            return
        draft = RemitDraft(frame.component)
        placed = frame.segments[0]
        try:
            for placed in frame.segments:
                _read(draft, placed[0])
                for code, message, element in draft.warnings:
                    oddity = ClaimRejectedError(element, code, message, _CHECK)
                    yield _problem(envelope, frame, "warning", oddity, placed)
                draft.warnings.clear()
        except ClaimRejectedError as cause:
            yield _problem(envelope, frame, "error", cause, placed)
            return
        judge(draft)
        if _responsibility_differs(draft):
            message = "CLP05 (patient responsibility) is not the sum of the PR adjustments"
            oddity = ClaimRejectedError(5, "patient_responsibility", message, _CHECK)
            yield _problem(envelope, frame, "warning", oddity, frame.segments[0])
        yield ParsedRemit(self._event(draft, frame, raw, envelope), frame.ordinal, frame.start, frame.end)

    def _event(self, draft: RemitDraft, frame: RemitFrame, raw: bytes, envelope: Envelope) -> Event:
        intake, header = self._intake, frame.header
        payment = self.payment(header, frame.component)
        event: Event = {
            **intake.lineage(raw, frame.start, frame.end, envelope, str(frame.ordinal)),
            **payment.clear,
            **draft.event,
        }
        tenant, token, sealed = intake.tenant_id, intake.tokenizer.token, draft.sealed
        account = sealed["account_number"]
        if account.strip():
            event["patient_control_token"] = token(tenant, "patient_control", account)
        event["summary_provider_id"] = identifier(frame.summary_provider, 50)
        for line, number in draft.line_controls:
            line["line_control_token"] = token(tenant, "line_control", number)
        sealed["line_controls"] = [[line["line_number"], number] for line, number in draft.line_controls]
        _mark_correction(event, header, account)
        if payment.by_reference:
            event["provider_adjustments"] = [
                one for name in {account.strip(): 0, event["payer_claim_control_number"]: 0} if name
                for one in payment.by_reference.get(name, ())
            ]  # fmt: skip
        sealed.update(payment.sealed)
        event["phi"] = intake.sealer.seal_json(sealed, tenant, SCHEMA_NAME, event["event_id"])
        return event

    def map_provider(self, frame: ProviderFrame, raw: bytes, envelope: Envelope) -> Iterator[ParsedRemit | X12Problem]:
        """Yield the event of a transaction's provider adjustments after the problems found in them."""
        intake, payment = self._intake, self.payment(frame.header, frame.component)
        event: Event = {
            **intake.lineage(raw, frame.start, frame.end, envelope, "provider"), **payment.clear, **CLAIM_DEFAULTS,
            **{name: [] for name in LIST_FIELDS}, "kind": "provider",
        }  # fmt: skip
        references = []
        for placed in frame.segments:
            found, bad = read_plb(placed[0], frame.component, intake)
            for element in bad:
                message = "A provider adjustment lacks its reason or amount"
                problem = envelope.problem("error", "transaction", "provider_adjustment", message, _RESEND,
                    at=placed[1], segment_id="PLB", element=element)  # fmt: skip
                yield problem.at_position(placed[2])
            event["provider_adjustments"] = event["provider_adjustments"] + [adjustment for adjustment, _ in found]
            references += [reference for _, reference in found]
        sealed: dict[str, Any] = {**payment.sealed, "references": references, "header": frame.header.segments}
        event["phi"] = intake.sealer.seal_json(sealed, intake.tenant_id, SCHEMA_NAME, event["event_id"])
        yield ParsedRemit(event, 0, frame.start, frame.end)

    def payment(self, header: PaymentHeader, component: str) -> Payment:
        """Return what the header says; it is read once."""
        if header.parsed is None:
            header.parsed = read_header(header, component, self._intake)
        found: Payment = header.parsed
        return found


def _read(draft: RemitDraft, elements: list[str]) -> None:
    name = elements[0]
    handler = (ABOVE_LINES if draft.line is None else IN_LINES).get(name)
    if handler is None:
        draft.keep(elements)
        return
    missing = LIMITS[name] + 1 - len(elements)
    if missing > 0:
        elements += _PADDING[missing]
    handler(draft, elements)


def judge(draft: RemitDraft) -> None:
    """Set the balance verdicts of lines and claim (835 guide: charge less adjustments is the payment)."""
    event, below, whole = draft.event, 0, True
    for line in event["lines"]:
        adjusted = sum([one["amount_cents"] for one in line["adjustments"]])
        below += adjusted
        line["difference_cents"] = difference = line["charge_cents"] - adjusted - line["paid_cents"]
        line["balanced"] = not difference
        whole = whole and not difference
    above = sum([one["amount_cents"] for one in event["adjustments"]])
    event["claim_difference_cents"] = event["charge_cents"] - above - below - event["paid_cents"]
    event["claim_balanced"] = not event["claim_difference_cents"]
    event["lines_balanced"] = whole if event["lines"] else None


def _responsibility_differs(draft: RemitDraft) -> bool:
    stated = draft.event["patient_responsibility_cents"]
    return stated is not None and not draft.event["reversal"] and stated != draft.responsibility


def _mark_correction(event: Event, header: PaymentHeader, account: str) -> None:
    """A claim payment is a correction when a reversal with its account number or control number came before."""
    names = {f"account {account}", f"control {event['payer_claim_control_number'] or account}"}
    if event["reversal"]:
        header.reversed_claims |= names
    else:
        event["correction"] = not header.reversed_claims.isdisjoint(names)


def _problem(
    envelope: Envelope, frame: RemitFrame, severity: Severity, cause: ClaimRejectedError, placed: Placed
) -> X12Problem:
    elements, at, position = placed
    found = envelope.problem(severity, "claim", cause.code, cause.message, cause.remedy, at=at,
        segment_id=elements[0] or "?", element=cause.element, ordinal=frame.ordinal,
        affected=int(severity == "error"))  # fmt: skip
    return found.at_position(position)
