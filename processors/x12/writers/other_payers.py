"""Loops 2320 and 2330: another payer of the claim and what it did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from processors.x12.writers.formats import compact, money, number
from processors.x12.writers.identity import Kept
from processors.x12.writers.interchange import OutSegment
from processors.x12.writers.merge import in_loop, ranked

_RANK = {name: at for at, name in enumerate(("SBR", "CAS", "AMT", "DMG", "OI", "MIA", "MOA"))}
_TRIPLETS = 6


def write_other_payer(payer: Mapping[str, Any], position: int, kept: Kept) -> Iterator[OutSegment]:
    """Yield the loops of one other payer."""
    own = in_loop(kept, "2320", position)
    given = [*next((one for one in own if one[0] == "SBR"), ["SBR"]), *[""] * 10]
    made: list[OutSegment] = [
        ["SBR", payer["payer_sequence"], *given[2:9], payer["claim_filing_code"] or ""],
        *write_adjustments(payer["adjustments"]),
    ]
    if payer["paid_cents"] is not None:
        made.append(["AMT", "D", money(payer["paid_cents"])])
    made += [one for one in own if one[0] != "SBR"]
    yield from ranked(made, _RANK)
    yield from _names(payer, in_loop(kept, "2330", position))


def _names(payer: Mapping[str, Any], kept: Sequence[OutSegment]) -> Iterator[OutSegment]:
    """Yield the names of loop 2330; date and id of the payer are the contract's."""
    day = payer["adjudicated_on"]
    date = [["DTP", "573", "D8", compact(day)]] if day is not None else []
    names = [at for at, one in enumerate(kept) if one[0] == "NM1"]
    payers = [at for at in names if kept[at][1] == "PR"]
    end = next((at for at in names if payers and at > payers[-1]), len(kept))
    for at, segment in enumerate(kept):
        if at == end and payers:
            yield from date
        yield _with_id(segment, payer["payer_id"]) if payers and at == payers[-1] else segment
    if not payers and (payer["payer_id"] or date):
        yield ["NM1", "PR", "2", "", "", "", "", "", "PI", payer["payer_id"] or ""]
    if end == len(kept):
        yield from date


def _with_id(segment: OutSegment, payer_id: str | None) -> OutSegment:
    made = [*segment, *[""] * (10 - len(segment))]
    if payer_id and str(made[9]).strip() != payer_id:
        made[8:10] = ["PI", payer_id]
    return made


def write_adjustments(adjustments: Sequence[Mapping[str, Any]]) -> Iterator[OutSegment]:
    """Yield CAS segments: up to six adjustments of one group each, in order."""
    current: list[str] = []
    for one in adjustments:
        if current and (current[1] != one["group_code"] or len(current) >= 2 + 3 * _TRIPLETS):
            yield current
            current = []
        current = current or ["CAS", one["group_code"]]
        units = one["quantity"]
        current += [one["carc"], money(one["amount_cents"]), number(units) if units is not None else ""]
    if current:
        yield current
