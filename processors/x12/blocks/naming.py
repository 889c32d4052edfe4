"""Who and what the claims of a plain stretch are: dates, patient, tokens, lineage and the sealed field."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from typing import Any

from processors.x12.blocks.batch import ClaimBatch
from processors.x12.blocks.people import PlainSubscriber
from processors.x12.blocks.stretch import PlainClaim, PlainUnit, Stretch
from processors.x12.draft import Draft, Event, SparseEvent
from processors.x12.identity import PAYER_TYPES, describe_patient, name_claim, order_payers
from processors.x12.lineage import Intake
from processors.x12.parties import Billing

SCHEMA_NAME = "claims.submitted"
_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_GLUE = '","'


class StretchReader:
    """Makes claim batches of plain stretches for one file.

    Args:
        intake: Tenant, keys and clock.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._billing: tuple[Billing | None, str] = (None, "")

    def read(self, stretch: Stretch, billing: Billing, controls: tuple[str, str, str]) -> ClaimBatch:
        """Return the claims of a stretch.

        Args:
            stretch: What was read of them; used up by this.
            billing: Their billing provider.
            controls: ISA13, GS06 and ST02.
        """
        lines = stretch.block.lines
        shared, columns = self._shared(stretch, billing, controls), {"line_number": lines.numbers, **lines.columns}
        batch = ClaimBatch([], shared, [], 0, columns, [], stretch.ordinal + 1, controls)
        for unit in stretch.units:
            for claim in unit.claims:
                if not batch.heads:
                    batch.first_line = claim.first_line
                batch.heads.append(self._head(unit, claim, stretch))
                batch.line_ends.append(claim.end_line)
        self._name(stretch, batch, billing)
        return batch

    def _shared(self, stretch: Stretch, billing: Billing, controls: tuple[str, str, str]) -> Event:
        """Return the fields that are the same in all claims of a stretch."""
        intake = self._intake
        return {
            "tenant_id": intake.tenant_id, "source": "x12", "source_file_hash": intake.file_hash,
            "set_token": intake.set_token(*controls[1:]) if all(controls[1:]) else None,
            "submitted_at": intake.received_at, "claim_type": stretch.block.claim_type, **billing.clear,
        }  # fmt: skip

    def _head(self, unit: PlainUnit, claim: PlainClaim, stretch: Stretch) -> SparseEvent:
        """Return the event of a claim without lines, tokens and sealed field."""
        draft, subscriber = claim.draft, unit.subscriber
        assert subscriber is not None  # noqa: S101 - a unit without one is not in a stretch
        event = draft.event
        assert isinstance(event, SparseEvent)  # noqa: S101 - heads.read_head makes such events
        event["source_byte_start"], event["source_byte_end"] = claim.start, claim.end
        event["payer_id"], event["payer_sequence"] = subscriber.payer_id, subscriber.sequence
        event["claim_filing_code"] = filing = subscriber.filing_code
        event["payer_type"] = PAYER_TYPES.get(filing, "other") if filing else None
        event["member_id_present"] = bool(subscriber.who.person.member_id.strip())
        if len(event.get("other_payers", ())) > 1:
            order_payers(draft)
        _date(draft, stretch, claim)
        who, patient = subscriber, unit.patient
        event["patient_relationship"] = who.relationship if patient is None else patient.relationship
        person = who.who.person if patient is None else patient.who.person
        describe_patient(event, person, event["service_from"] or event["admitted_on"])
        return event

    def _name(self, stretch: Stretch, batch: ClaimBatch, billing: Billing) -> None:
        """Set lineage, tokens and sealed field of every claim."""
        intake, tenant = self._intake, self._intake.tenant_id
        kept = _KeptSegments(stretch)
        data, base = stretch.block.data, stretch.block.base
        heads = iter(batch.heads)
        number = stretch.ordinal
        for unit in stretch.units:
            subscriber = unit.subscriber
            assert subscriber is not None  # noqa: S101 - a unit without one is not in a stretch
            for claim, head in zip(unit.claims, heads, strict=False):
                number += 1
                digest = head["_hash"] = hashlib.sha256(data[claim.start - base : claim.end - base]).hexdigest()
                head["event_id"] = intake.tokenizer.token(tenant, "event", digest, *batch.controls, str(number))
                person = subscriber.who.person if unit.patient is None else unit.patient.who.person
                names = (
                    billing.identity,
                    subscriber.who.person.member_id,
                    person,
                    claim.draft.sealed["account_number"],
                )
                name_claim(head, intake.tokenizer, tenant, names)
                segments, ids = kept.of(claim)
                batch.unmapped.append((*claim.draft.unmapped, *ids))
                text = self._sealed(claim.draft, segments, billing, unit, subscriber)
                head["phi"] = intake.sealer.seal(text, tenant, SCHEMA_NAME, head["claim_id"])

    def _sealed(
        self, draft: Draft, segments: list[str], billing: Billing, unit: PlainUnit, subscriber: PlainSubscriber
    ) -> bytes:
        """Return what is sealed as JSON; the same members as the slow reader's, in another order."""
        if self._billing[0] is not billing:
            self._billing = billing, _encoded(billing.sealed)[1:-1]
        sealed = draft.sealed
        segments = [_segment_text(one) for one in sealed.pop("segments", ())] + segments
        account = sealed.pop("account_number")
        text = f'{{"account_number":"{account}",{self._billing[1]},{subscriber.json}'
        if sealed:
            text += _encoded(sealed)[1:-1] + ","
        if segments:
            text += f'"segments":[{",".join(segments)}],'
        if unit.patient is not None:
            text += f'"patient":{{{unit.patient.who.json()}}},'
        text += f'"subscriber":{{{subscriber.who.json()}}}}}'
        return text.encode("utf-8", "surrogatepass")


class _KeptSegments:
    """The kept segments of the lines of a block, claim after claim, as JSON and by id."""

    def __init__(self, stretch: Stretch) -> None:
        lines = stretch.block.lines
        self._kept = lines.kept
        self._numbers = lines.numbers
        self._element = stretch.block.marks[0]
        first = next((unit.claims[0].first_line for unit in stretch.units if unit.claims), 0)
        self._at = bisect_left(self._kept, (first, ""))

    def of(self, claim: PlainClaim) -> tuple[list[str], list[str]]:
        """Return those of the next claim."""
        kept, element, at = self._kept, self._element, self._at
        texts, ids = [], []
        while at < len(kept) and kept[at][0] < claim.end_line:
            line, segment = kept[at]
            texts.append(f'["2400",{self._numbers[line]},["{segment.replace(element, _GLUE)}"]]')
            ids.append(segment[:3].rstrip(element))
            at += 1
        self._at = at
        return texts, ids


def _segment_text(kept: list[Any]) -> str:
    loop, at, elements = kept
    try:
        return f'["{loop}",{at},["{_GLUE.join(elements)}"]]'
    except TypeError:  # a composite element is a list
        return _encoded(kept)


def _date(draft: Draft, stretch: Stretch, claim: PlainClaim) -> None:
    """Set the claim's service dates from its lines, as identity.complete_dates does."""
    event, (first, last), columns = draft.event, draft.claim_period, stretch.block.lines.columns
    begin, end = claim.first_line, claim.end_line
    starts, ends = columns["service_from"][begin:end], columns["service_to"][begin:end]
    if None in starts:
        starts = [day for day in starts if day is not None]
        ends = [day for day in ends if day is not None]
    event["service_from"] = min(starts, default=first or event["statement_from"])
    event["service_to"] = max(ends, default=last or event["statement_to"])
