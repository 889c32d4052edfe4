"""Segments of a service line (loops 2400, 2410 and 2420) into contract fields."""

from __future__ import annotations

from functools import lru_cache

from processors.x12.claim_segments import keep
from processors.x12.draft import Draft, Event
from processors.x12.guides import ClaimType
from processors.x12.problems import ClaimRejectedError
from processors.x12.values import cents, code, period, quantity

_YES_NO = {"Y": True, "N": False}
_MAX_LINE_NUMBER = 999
_SV1_HELD = frozenset({1, 2, 3, 4, 5, 7, 9})
_SV2_HELD = frozenset({1, 2, 3, 4, 5, 7})
_SV3_HELD = frozenset({1, 2, 3, 4, 6, 11})
"""Elements of the service segments that the contract has fields for."""


def read_lx(draft: Draft, e: list[str]) -> None:
    """LX opens a service line."""
    lines = draft.event["lines"]
    before = lines[-1]["line_number"] if lines else 0
    text = e[1].strip()  # sloppy senders put a blank before the terminator
    given = int(text) if len(text) < 7 and text.isascii() and text.isdecimal() else 0
    if before < given <= _MAX_LINE_NUMBER:
        draft.start_line(given)
        return
    draft.warn("line_number", "LX01 is not the next line number; lines were numbered in order", 1)
    draft.start_line(before + 1)


def _service(draft: Draft, claim_type: ClaimType) -> Event:
    """Return the line a service segment belongs to; a second one means that an LX is lost."""
    if draft.line_has_service:
        message = "A service segment has no LX of its own"
        raise ClaimRejectedError(None, "line_without_lx", message)
    if draft.claim_type != claim_type:
        message = "A service segment is of another kind of claim than the guide in ST03 or GS08"
        raise ClaimRejectedError(None, "service_kind", message, "Ask the sender which guide the claim follows.")
    draft.line_has_service = True
    return draft.current_line()


def _charge(text: str, element: int) -> int:
    charge = cents(text)
    if charge is None:
        message = "The charge of a service line is not an amount"
        raise ClaimRejectedError(element, "amount", message)
    return charge


def _units(text: str, element: int) -> float:
    units = quantity(text) if text else 1.0
    if units is None:
        message = "The units of a service line are not a number"
        raise ClaimRejectedError(element, "quantity", message)
    return units


def _procedure(draft: Draft, line: Event, composite: str, element: int) -> None:
    if not composite:
        return
    qualifier, found, modifiers, description, is_odd = procedure_parts(composite, draft.component)
    line["procedure_qualifier"], line["procedure_code"] = qualifier, found
    line["modifiers"] += modifiers
    if found is None:
        draft.warn("procedure_code", "The procedure of a service line has no code", element)
    if is_odd:
        draft.warn("modifier", "A modifier has the wrong form", element)
    if description:
        line["note_present"] = True
        draft.seal("line_descriptions", [line["line_number"], description])


@lru_cache(maxsize=8192)
def procedure_parts(composite: str, component: str) -> tuple[str | None, str | None, list[str], str, bool]:
    """Return qualifier, code, modifiers, description, and whether a modifier has the wrong form."""
    parts = composite.split(component)
    found = code(parts[1], 15) if len(parts) > 1 else None
    given = [part for part in parts[2:6] if part]
    modifiers = [modifier for part in given if (modifier := code(part, 2)) is not None]
    return code(parts[0], 2), found, modifiers, parts[6] if len(parts) > 6 else "", len(modifiers) < len(given)


def _pointers(draft: Draft, line: Event, composite: str, element: int) -> None:
    numbers, is_odd = pointer_numbers(composite, draft.component)
    line["diagnosis_pointers"] += numbers
    if is_odd:
        draft.warn("pointer", "A diagnosis pointer is not a number from 1", element)


@lru_cache(maxsize=4096)
def pointer_numbers(composite: str, component: str) -> tuple[list[int], bool]:
    """Return the pointers, and whether one of them is no number from 1."""
    texts = [text for part in composite.split(component) if (text := part.strip())]
    numbers = [int(text) for text in texts if len(text) <= 2 and text.isascii() and text.isdecimal() and int(text)]
    return numbers, len(numbers) < len(texts)


def read_sv1(draft: Draft, e: list[str]) -> None:
    """SV1: a professional service.

    Raises:
        ClaimRejectedError: Charge or units are not numbers, or LX is missing.
    """
    line = _service(draft, "professional")
    _procedure(draft, line, e[1], 1)
    line["charge_cents"] = _charge(e[2], 2)
    line["unit_basis"] = code(e[3], 2) or "UN"
    line["units"] = _units(e[4], 4)
    line["place_of_service"] = code(e[5], 2)
    _pointers(draft, line, e[7], 7)
    line["emergency"] = _YES_NO.get(e[9])
    if e[6] or e[8] or any(e[10:]):
        draft.retain_rest(e, _SV1_HELD)


def read_sv2(draft: Draft, e: list[str]) -> None:
    """SV2: an institutional service.

    Raises:
        ClaimRejectedError: Charge or units are not numbers, or LX is missing.
    """
    line = _service(draft, "institutional")
    revenue = code(e[1], 4)
    line["revenue_code"] = revenue.zfill(4) if revenue else None
    _procedure(draft, line, e[2], 2)
    line["charge_cents"] = _charge(e[3], 3)
    line["unit_basis"] = code(e[4], 2) or "UN"
    line["units"] = _units(e[5], 5)
    line["noncovered_cents"] = cents(e[7]) if e[7] else None
    if e[6] or any(e[8:]):
        draft.retain_rest(e, _SV2_HELD)


def read_sv3(draft: Draft, e: list[str]) -> None:
    """SV3: a dental service.

    Raises:
        ClaimRejectedError: Charge or units are not numbers, or LX is missing.
    """
    line = _service(draft, "dental")
    _procedure(draft, line, e[1], 1)
    line["charge_cents"] = _charge(e[2], 2)
    line["place_of_service"] = code(e[3], 2)
    line["oral_cavity_codes"] = [found for part in draft.parts(e[4]) if (found := code(part, 3))]
    line["units"] = _units(e[6], 6)
    _pointers(draft, line, e[11], 11)
    if e[5] or any(e[7:11]):
        draft.retain_rest(e, _SV3_HELD)


def read_too(draft: Draft, e: list[str]) -> None:
    """TOO: tooth and surfaces."""
    line = draft.current_line()
    tooth = code(e[2], 3)
    if tooth is not None:
        line["tooth_codes"].append(tooth)
    line["tooth_surfaces"].extend(found for part in draft.parts(e[3]) if (found := code(part, 2)))
    draft.retain(e)  # tells which surfaces are of which tooth


def read_line_dtp(draft: Draft, e: list[str]) -> None:
    """DTP 472: service dates of the line."""
    if e[1] != "472":
        keep(draft, e)
        return
    line = draft.current_line()
    line["service_from"], line["service_to"] = found = period(e[3])
    if found[0] is None:
        draft.warn("date", "DTP03 is not a date", 3)


def read_line_ref(draft: Draft, e: list[str]) -> None:
    """REF of the line: authorisation sealed, others kept."""
    if e[1] == "G1" and e[2].strip():
        line = draft.current_line()
        line["prior_auth_on_file"] = True
        draft.seal("line_authorizations", [line["line_number"], e[2]])
    else:
        keep(draft, e)


def read_line_nte(draft: Draft, e: list[str]) -> None:
    """NTE: a note came along with the line; its text is sealed."""
    line = draft.current_line()
    line["note_present"] = True
    draft.seal("line_notes", [line["line_number"], e[1], e[2]])


def read_lin(draft: Draft, e: list[str]) -> None:
    """LIN N4: national drug code."""
    draft.loop = "2410"
    found = code(e[3].replace("-", ""), 11) if e[2] == "N4" else None
    if e[2] == "N4":
        draft.current_line()["ndc_code"] = found
    if found is None or e[1] or any(e[4:]):
        (draft.retain if e[2] == "N4" else draft.keep)(e)


def read_ctp(draft: Draft, e: list[str]) -> None:
    """CTP: quantity of the drug and its unit."""
    line = draft.current_line()
    line["ndc_units"] = quantity(e[4]) if e[4] else None
    line["ndc_unit_basis"] = code(e[5].split(draft.component)[0], 2)
    if any(e[1:4]) or any(e[6:]):
        draft.retain(e)


def read_line_nm1(draft: Draft, e: list[str]) -> None:
    """NM1 of a line: rendering provider; others are kept."""
    draft.loop, draft.entity = "2420", e[1]
    if e[1] == "82":
        draft.current_line()["rendering_npi"] = code(e[9], 15) if e[8] == "XX" else None
    draft.retain(e)
