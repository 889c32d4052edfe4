"""Which lines of a remittance answer which lines of the claim.

An 835 numbers no lines. Payers recode, split a line in two, or join lines to one; the tries go from the surest to
the least sure, and a line that is taken is not taken again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

Line = Mapping[str, Any]
Try = Callable[[Line, Line], bool]


class LineMatch(NamedTuple):
    """Lines of a remittance and the claim lines they answer, as positions from 0.

    Attributes:
        remit_lines: One, or several parts of one claim line.
        claim_lines: One, or several that the payer joined.
        recoded: Whether the payer adjudicated another procedure than was billed.
    """

    remit_lines: tuple[int, ...]
    claim_lines: tuple[int, ...]
    recoded: bool


def match_lines(remit_lines: Sequence[Line], claim_lines: Sequence[Line]) -> tuple[LineMatch, ...]:
    """Match the lines of a remittance with those of the claim.

    Args:
        remit_lines: `lines` of a remits.received event.
        claim_lines: `lines` of the claims.scored event of the attempt.

    Returns:
        The matches in order of the remittance. Lines that answer nothing, or are not answered, are in none.
    """
    in_place = _matched_in_place(remit_lines, claim_lines)
    if in_place is not None:
        return in_place
    pairs: dict[int, int] = {}
    for fits in _TRIES:
        _pair_up(remit_lines, claim_lines, fits, pairs)
    groups: dict[int, list[int]] = {}
    for remit, claim in pairs.items():
        groups.setdefault(claim, []).append(remit)
    _add_parts(remit_lines, claim_lines, groups)
    matches = [_match(remit_lines, claim_lines, sorted(parts), [claim]) for claim, parts in groups.items()]
    joined = _joined(remit_lines, claim_lines, groups)
    return tuple(sorted([*matches, *joined], key=lambda match: match.remit_lines))


def _matched_in_place(remits: Sequence[Line], claims: Sequence[Line]) -> tuple[LineMatch, ...] | None:
    """Return the matches of the usual remittance, whose lines surely answer the claim's one by one; else None."""
    if len(remits) > len(claims):
        return None
    matches = []
    for place, (remit, claim) in enumerate(zip(remits, claims, strict=False)):
        if not _surely(remit, claim):
            return None
        matches.append(LineMatch((place,), (place,), _claim_code(remit) != _claim_code(claim)))
    return tuple(matches)


def _billed_code(line: Line) -> str | None:
    """Return the procedure (or revenue code) as billed, on a line of a remittance."""
    code: str | None = line["submitted_procedure_code"] or line["procedure_code"] or line["revenue_code"]
    return code


def _billed_modifiers(line: Line) -> Sequence[str]:
    billed: Sequence[str] = line["submitted_modifiers"] if line["submitted_procedure_code"] else line["modifiers"]
    return billed


def _claim_code(line: Line) -> str | None:
    """Return the procedure (or revenue code) of a line as it stands there."""
    code: str | None = line["procedure_code"] or line["revenue_code"]
    return code


def _same_code(remit: Line, claim: Line) -> bool:
    return _billed_code(remit) == _claim_code(claim)


def _same_modifiers(remit: Line, claim: Line) -> bool:
    mine, theirs = _billed_modifiers(remit), claim["modifiers"]
    return mine == theirs or set(mine) == set(theirs)


def _same_charge(remit: Line, claim: Line) -> bool:
    return bool(abs(remit["charge_cents"]) == claim["charge_cents"])


def _same_day(remit: Line, claim: Line) -> bool:
    return remit["service_from"] is None or remit["service_from"] == claim["service_from"]


def _surely(remit: Line, claim: Line) -> bool:
    same = _same_code(remit, claim) and _same_charge(remit, claim)
    return same and _same_day(remit, claim) and _same_modifiers(remit, claim)


_TRIES: tuple[Try, ...] = (
    _surely,
    lambda r, c: _same_code(r, c) and _same_charge(r, c) and _same_day(r, c),
    lambda r, c: _same_code(r, c) and _same_charge(r, c),
    lambda r, c: _same_charge(r, c) and _same_day(r, c),  # recoded, and the payer did not say so
)


def _pair_up(remits: Sequence[Line], claims: Sequence[Line], fits: Try, pairs: dict[int, int]) -> None:
    taken = set(pairs.values())
    for place, remit in enumerate(remits):
        if place in pairs:
            continue
        found = next((at for at, claim in enumerate(claims) if at not in taken and fits(remit, claim)), None)
        if found is not None:
            pairs[place] = found
            taken.add(found)


def _add_parts(remits: Sequence[Line], claims: Sequence[Line], groups: dict[int, list[int]]) -> None:
    """Give remaining lines to a claim line of their code whose charge they fit into (a line paid in parts)."""
    answered = {remit for parts in groups.values() for remit in parts}
    for place, remit in enumerate(remits):
        if place in answered:
            continue
        for at, claim in enumerate(claims):
            used = sum(abs(remits[part]["charge_cents"]) for part in groups.get(at, ()))
            fits = used + abs(remit["charge_cents"]) <= claim["charge_cents"]
            if fits and _same_code(remit, claim) and _same_day(remit, claim):
                groups.setdefault(at, []).append(place)
                break


def _joined(remits: Sequence[Line], claims: Sequence[Line], groups: Mapping[int, list[int]]) -> list[LineMatch]:
    """Match what is left as one whole when its charges are the same in sum (lines joined to a panel)."""
    answered = {remit for parts in groups.values() for remit in parts}
    open_remits = [place for place in range(len(remits)) if place not in answered]
    open_claims = [place for place in range(len(claims)) if place not in groups]
    if not open_remits or not open_claims:
        return []
    charged = sum(claims[place]["charge_cents"] for place in open_claims)
    if abs(sum(remits[place]["charge_cents"] for place in open_remits)) != charged:
        return []
    return [_match(remits, claims, open_remits, open_claims)]


def _match(remits: Sequence[Line], claims: Sequence[Line], parts: list[int], billed: list[int]) -> LineMatch:
    paid_codes = {_claim_code(remits[part]) for part in parts}
    billed_codes = {_claim_code(claims[place]) for place in billed}
    return LineMatch(tuple(parts), tuple(billed), paid_codes != billed_codes)
