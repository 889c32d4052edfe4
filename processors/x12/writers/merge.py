"""What is kept of a claim put back into its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from processors.x12.writers.identity import Kept
from processors.x12.writers.interchange import OutSegment, Value


def in_loop(kept: Kept, loop: str, at: int = 0) -> list[OutSegment]:
    """Return the kept segments of a loop, in order; at is the line or other payer they belong to."""
    return [segment for its_loop, its_at, segment in kept if its_loop == loop and its_at == at]


def filled(segment: list[Value], rest: Iterable[OutSegment]) -> list[Value]:
    """Return a segment with its empty elements taken from the kept rest of it."""
    made = list(segment)
    for one in rest:
        made += [""] * (len(one) - len(made))
        for at, value in enumerate(one):
            if value and (not made[at] or (isinstance(value, list) and _extends(value, made[at]))):
                made[at] = value
    return made


def _extends(kept: Sequence[str], made: Value) -> bool:
    """Tell whether a kept composite begins as the contract has it and says more."""
    return not isinstance(made, str) and kept[0] == made[0] and len(kept) >= len(made)


def ranked(segments: Iterable[OutSegment], rank: Mapping[str, int]) -> list[OutSegment]:
    """Return segments in the order of their loop; those of one kind, and unknown ones at the end, as they come."""
    return sorted(segments, key=lambda one: rank.get(str(one[0]), len(rank)))
