"""HI: diagnoses, procedures, occurrences, values and conditions of a claim."""

from __future__ import annotations

from processors.x12.claim_segments import keep
from processors.x12.draft import Draft
from processors.x12.values import cents, code, day, period

DIAGNOSES = frozenset({"ABK", "ABF", "ABJ", "APR", "ABN", "BK", "BF", "BJ", "PR", "BN"})
"""HI qualifiers of diagnoses: ICD-10-CM (A..) and ICD-9-CM."""

_PROCEDURES = frozenset({"BBR", "BBQ", "BR", "BQ"})


def read_hi(draft: Draft, e: list[str]) -> None:
    """Read the composites of one HI segment; several segments add up, their order is the pointer index."""
    event = draft.event
    for number in range(1, 13):
        if not e[number]:
            continue
        parts = draft.parts(e[number])
        kind = parts[0]
        if len(parts) < 2 or not parts[1]:
            draft.warn("hi_without_code", "A composite of HI has a qualifier or a code only", number)
        elif kind in DIAGNOSES:
            _read_diagnosis(draft, kind, parts, number)
        elif kind in _PROCEDURES:
            given = code(parts[1], 10)
            if given is not None:
                event["procedures"].append({"code": given, "performed_on": _date(parts)})
        else:
            _read_other(draft, kind, parts)


def _read_diagnosis(draft: Draft, kind: str, parts: list[str], number: int) -> None:
    given = code(parts[1].replace(".", ""), 8)
    if given is None:
        # The place stays taken: leaving it out would shift every pointer behind it.
        draft.warn("diagnosis_code", "A diagnosis code of HI has the wrong form", number)
        given = ""
    event = draft.event
    event["diagnosis_codes"].append(given.upper())
    event["diagnosis_qualifiers"].append(kind)
    event["diagnosis_poa"].append((code(parts[8], 1) or "") if len(parts) > 8 else "")


def _read_other(draft: Draft, kind: str, parts: list[str]) -> None:
    event, given = draft.event, code(parts[1], 5)
    amount = cents(parts[4]) if kind == "BE" and len(parts) > 4 else None
    if kind == "BG" and given:
        event["condition_codes"].append(given)
    elif kind in ("BH", "BI") and given:
        first, last = period(parts[3]) if len(parts) > 3 else (None, None)
        event["occurrences"].append({"code": given, "date_from": first, "date_to": last if kind == "BI" else None})
    elif amount is not None and given:
        event["value_codes"].append({"code": given, "amount_cents": amount})
    elif kind == "DR" and given:
        event["drg_code"] = given
    else:
        keep(draft, ["HI", draft.component.join(parts)])


def _date(parts: list[str]) -> object:
    return day(parts[3]) if len(parts) > 3 else None
