"""277CA (005010X214) for the claims of a received 837."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from processors.x12.results import Elements
from processors.x12.verdicts import ClaimVerdict, InterchangeVerdict, SetVerdict
from processors.x12.writers.formats import money
from processors.x12.writers.interchange import OutGroup, OutSegment, Value, render
from processors.x12.writers.set_acks import answer_address

GUIDE = "005010X214"
_RECEIVED = ("A1", "20")


def write_claim_acks(verdict: InterchangeVerdict, at: datetime, control: int) -> bytes:
    """Return the interchange with one 277CA for each accepted 837 set; nothing when it has none.

    A set that the 999 rejects gets no 277CA: its claims were never looked at.

    Args:
        verdict: The interchange received.
        at: Instant of the answer, UTC.
        control: ISA13 of the answer.
    """
    group = OutGroup("HN", GUIDE, "277")
    for received in verdict.groups:
        for number, one in enumerate(received.sets, 1):
            if one.claims and one.seen.guide.kind == "claims" and one.decision != "R":
                group.sets.append(list(_set(one, at, f"{control}-{number}")))
    return render(answer_address(verdict), [group], at, control) if group.sets else b""


def _set(one: SetVerdict, at: datetime, reference: str) -> Iterator[OutSegment]:
    day = f"{at:%Y%m%d}"
    header = {segment[1] if segment[0] == "NM1" else segment[0]: segment for segment in one.seen.header if
        len(segment) > 1}  # fmt: skip
    yield ["BHT", "0085", "08", reference, day, f"{at:%H%M%S}", "TH"]
    yield ["HL", "1", "", "20", "1"]
    yield _party("AY", header.get("40", ()))
    yield ["TRN", "1", reference]
    yield ["DTP", "050", "D8", day]
    yield ["DTP", "009", "D8", day]
    yield ["HL", "2", "1", "21", "1"]
    yield _party("41", header.get("41", ()))
    yield ["TRN", "2", _element(header.get("BHT", ()), 3) or "0"]
    total = sum(claim.charge_cents or 0 for claim in one.claims)
    yield ["STC", list(_RECEIVED), day, "WQ", money(total)]
    yield from _totals(one.claims, "90", "AA")
    number = 2
    for _, claims in groupby(one.claims, key=lambda claim: (claim.provider_npi, claim.provider.get("last"))):
        provider = number = number + 1
        mine = list(claims)
        yield ["HL", str(provider), "2", "19", "1"]
        yield _provider(mine[0])
        yield ["TRN", "1", "0"]
        yield ["STC", list(_RECEIVED), "", "WQ", money(sum(claim.charge_cents or 0 for claim in mine))]
        yield from _totals(mine, "QA", "QC")
        for claim in mine:
            number += 1
            yield ["HL", str(number), str(provider), "PT"]
            yield from _claim(claim, day)


def _claim(claim: ClaimVerdict, day: str) -> Iterator[OutSegment]:
    patient = claim.patient
    yield _person("QC", patient, "MI" if patient.get("id") else "")
    yield ["TRN", "2", claim.account_number or "0"]
    composites: list[Value] = [status.split(":") for status in claim.statuses]
    charge = money(claim.charge_cents) if claim.charge_cents is not None else ""
    action = "WQ" if claim.accepted else "U"
    for at in range(0, len(composites), 3):
        first, *more = composites[at : at + 3]
        yield ["STC", first, day, action, charge, *([""] * 5 if more else ()), *more]
    if claim.accepted and claim.claim_id:
        yield ["REF", "1K", claim.claim_id]
    if claim.clearinghouse_trace:
        yield ["REF", "D9", claim.clearinghouse_trace]
    if claim.type_of_bill:
        yield ["REF", "BLT", claim.type_of_bill]
    if claim.service_from is not None:
        last = claim.service_to or claim.service_from
        yield ["DTP", "472", "RD8", f"{claim.service_from:%Y%m%d}-{last:%Y%m%d}"]


def _totals(claims: Sequence[ClaimVerdict], accepted: str, rejected: str) -> Iterator[OutSegment]:
    good = [claim.charge_cents or 0 for claim in claims if claim.accepted]
    bad = [claim.charge_cents or 0 for claim in claims if not claim.accepted]
    if good:
        yield ["QTY", accepted, str(len(good))]
    if bad:
        yield ["QTY", rejected, str(len(bad))]
    if good:
        yield ["AMT", "YU", money(sum(good))]
    if bad:
        yield ["AMT", "YY", money(sum(bad))]


def _party(code: str, nm1: Elements) -> OutSegment:
    """Submitter or receiver of the 837 as it named itself."""
    kind, name = _element(nm1, 2) or "2", _element(nm1, 3) or "UNKNOWN"
    return ["NM1", code, kind, name, *(_element(nm1, at) for at in (4, 5, 6, 7)), _element(nm1, 8) or "46",
        _element(nm1, 9) or "UNKNOWN"]  # fmt: skip


def _provider(claim: ClaimVerdict) -> OutSegment:
    return _person("85", claim.provider, claim.provider.get("qualifier", ""), default_type="2")


def _person(code: str, fields: Any, qualifier: str, default_type: str = "1") -> OutSegment:
    return ["NM1", code, fields.get("type") or default_type, fields.get("last") or "UNKNOWN", fields.get("first", ""),
        fields.get("middle", ""), "", fields.get("suffix", ""), qualifier,
        fields.get("id", "") if qualifier else ""]  # fmt: skip


def _element(segment: Elements, number: int) -> str:
    return segment[number] if len(segment) > number else ""
