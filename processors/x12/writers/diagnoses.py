"""HI: diagnoses in pointer order, procedures, occurrences, values, conditions and DRG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from processors.x12.writers.formats import compact, money
from processors.x12.writers.interchange import OutSegment, Value

_PER_SEGMENT = 12
_UNREADABLE = "?"
"""Stands for a code that was unreadable: the place must stay taken, because pointers count places."""


def write_hi(event: Mapping[str, Any]) -> Iterator[OutSegment]:
    """Yield the HI segments of a claim."""
    places = zip(event["diagnosis_codes"], event["diagnosis_qualifiers"], event["diagnosis_poa"], strict=True)
    diagnoses: list[Value] = []
    for code, qualifier, poa in places:
        diagnoses.append([qualifier, code or _UNREADABLE, *([""] * 6 + [poa] if poa else [])])
    is_institutional = event["claim_type"] == "institutional"
    yield from _by_kind(diagnoses) if is_institutional else _split(diagnoses)
    if event["drg_code"]:
        yield ["HI", ["DR", event["drg_code"]]]
    # ICD-10-PCS codes have seven characters, ICD-9-CM procedures three or four.
    procedures: list[Value] = []
    for at, one in enumerate(event["procedures"]):
        kinds = ("BBR", "BBQ") if len(one["code"]) == 7 else ("BR", "BQ")
        day = ["D8", compact(one["performed_on"])] if one["performed_on"] is not None else []
        procedures.append([kinds[1 if at else 0], one["code"], *day])
    yield from _by_kind(procedures)
    yield from _by_kind([_occurrence(one) for one in event["occurrences"]])
    yield from _split([["BE", one["code"], "", "", money(one["amount_cents"])] for one in event["value_codes"]])
    yield from _split([["BG", code] for code in event["condition_codes"]])


def _occurrence(one: Mapping[str, Any]) -> Value:
    if one["date_to"] is not None:
        return ["BI", one["code"], "RD8", f"{compact(one['date_from'])}-{compact(one['date_to'])}"]
    day = ["D8", compact(one["date_from"])] if one["date_from"] is not None else []
    return ["BH", one["code"], *day]


def _by_kind(composites: Sequence[Value]) -> Iterator[OutSegment]:
    """Yield one HI for each run of one qualifier, as 837I wants it."""
    for _, run in groupby(composites, key=lambda one: one[0]):
        yield from _split(list(run))


def _split(composites: Sequence[Value]) -> Iterator[OutSegment]:
    for at in range(0, len(composites), _PER_SEGMENT):
        yield ["HI", *composites[at : at + _PER_SEGMENT]]
