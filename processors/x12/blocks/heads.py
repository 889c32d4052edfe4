"""What stands before the lines of a plain claim: CLM and HI from what was read before, the rest segment by segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from processors.x12.claim_segments import read_clm
from processors.x12.draft import LIST_FIELDS, Draft, SparseEvent
from processors.x12.guides import ClaimType
from processors.x12.health_information import read_hi
from processors.x12.loops import read_segment
from processors.x12.problems import ClaimRejectedError
from processors.x12.values import cents

_DIAGNOSES = ("diagnosis_codes", "diagnosis_qualifiers", "diagnosis_poa", "procedures")


def read_head(segments: Sequence[str], claim_type: ClaimType, marks: tuple[str, str]) -> Draft | None:
    """Read the segments of a claim up to its first LX; null when one of them is not plain.

    Args:
        segments: Their text, CLM first.
        claim_type: professional or institutional.
        marks: Element and component separator.
    """
    element, component = marks
    draft = Draft(claim_type, component, SparseEvent())
    if not _open(draft, segments[0], marks):
        return None
    try:
        for segment in segments[1:]:
            if segment[:2] == "HI" and _read_diagnoses(draft, segment, marks):
                continue
            read_segment(draft, segment.split(element))
            if draft.warnings:
                return None
    except ClaimRejectedError:
        return None
    return draft


def _open(draft: Draft, segment: str, marks: tuple[str, str]) -> bool:
    """Read CLM; False when the slow reader has to."""
    pieces = segment.split(marks[0], 3)
    if len(pieces) < 4 or not pieces[1].strip():
        return False
    total = cents(pieces[2])
    facts = _claim_facts(pieces[3], draft.claim_type, marks)
    if total is None or facts is None:
        return False
    draft.sealed["account_number"] = pieces[1]
    draft.event.update(facts)
    draft.event["total_charge_cents"] = total
    return True


@lru_cache(maxsize=8192)
def _claim_facts(rest: str, claim_type: ClaimType, marks: tuple[str, str]) -> Mapping[str, Any] | None:
    """Return the fields that CLM03 and the elements behind it set; null when the slow reader has to read it."""
    draft = Draft(claim_type, marks[1])
    before = dict(draft.event)
    e = ["CLM", "1", "0", *rest.split(marks[0])]
    facility = e[5] if len(e) > 5 else ""
    if len(facility.split(marks[1])) != 3:
        return None  # the walker looks for another component separator in it
    try:
        read_clm(draft, e + [""] * (21 - len(e)))
    except ClaimRejectedError:
        return None
    if draft.warnings or draft.unmapped or draft.sealed.keys() - {"account_number"}:
        return None
    return {name: value for name, value in draft.event.items() if name not in before or value != before[name]}


def _read_diagnoses(draft: Draft, segment: str, marks: tuple[str, str]) -> bool:
    """Read HI where it holds diagnoses and procedures only; False when the handler has to."""
    facts = _diagnoses(segment, marks)
    if facts is None:
        return False
    event = draft.event
    for name, values in zip(_DIAGNOSES, facts, strict=True):
        event[name] += values
    return True


@lru_cache(maxsize=8192)
def _diagnoses(segment: str, marks: tuple[str, str]) -> tuple[list[Any], ...] | None:
    draft = Draft("professional", marks[1])
    e = segment.split(marks[0])
    read_hi(draft, e + [""] * (13 - len(e)))
    others = any(draft.event[name] for name in LIST_FIELDS if name not in _DIAGNOSES)
    if e[0] != "HI" or draft.warnings or draft.unmapped or others or draft.event["drg_code"] is not None:
        return None
    return tuple(draft.event[name] for name in _DIAGNOSES)
