"""Plain stretches of an 837: levels and claims that one look at a block shows to be sound, read together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from processors.x12.blocks.heads import read_head
from processors.x12.blocks.lines import PlainLines, read_details, read_lines
from processors.x12.blocks.people import PlainPatient, PlainSubscriber, read_plain_patient, read_plain_subscriber
from processors.x12.blocks.table import segment_table
from processors.x12.delimiters import Delimiters
from processors.x12.draft import Draft
from processors.x12.guides import ClaimType
from processors.x12.hierarchy import Level

SERVICES: dict[ClaimType, str] = {"professional": "1", "institutional": "2"}
"""Letter of the service segments by claim type; dental claims are read segment by segment."""

_WHO = "N?P?D?R*"
_UNIT = re.compile(
    rf"H(?:SI{_WHO}YN?P?R*|AQ{_WHO})"  # subscriber with payer, or patient
    r"(?:C[hdRactwk]*(?:M[NPVRE]*)*(?:S[jao]*(?:[IYM][NPRdE]*)*)*"  # claim, its providers, other payers
    r"(?:(?:L1[dRak]*)+|(?:L2[dRak]*)+))*"  # lines
)
"""An HL level with its claims, one letter a segment (table.LETTERS)."""


@dataclass(frozen=True, slots=True)
class _LineShape:
    """Where the segments of the lines of a claim lie behind its first LX; owners are lines, from 0."""

    heads: list[int]
    numbers: list[int]
    details: list[int]
    owners: list[int]


@lru_cache(maxsize=4096)
def _line_shape(letters: str) -> _LineShape:
    shape = _LineShape([], [], [], [])
    for place, letter in enumerate(letters):
        if letter == "L":
            shape.heads.append(place)
            shape.numbers.append(len(shape.heads))
        elif letter not in "12":
            shape.details.append(place)
            shape.owners.append(len(shape.heads) - 1)
    return shape


@dataclass(slots=True)
class PlainClaim:
    """One claim: its draft without lines, and where its lines lie among those of the block."""

    draft: Draft
    start: int
    end: int
    first_line: int
    end_line: int


@dataclass(slots=True)
class PlainUnit:
    """One HL level with the claims under it.

    Attributes:
        first: Its HL among the segments of the block.
        end: Segment after its last.
        hl: Elements of HL.
        level_end: Segment after the last before its first claim.
        subscriber: Who the claims below go by.
        patient: The patient, where that is not the subscriber.
        claims: Its claims.
    """

    first: int
    end: int
    hl: list[str]
    level_end: int
    subscriber: PlainSubscriber | None = None
    patient: PlainPatient | None = None
    claims: list[PlainClaim] = field(default_factory=list)


class Block:
    """The units of one stretch of bytes that begins with HL.

    Args:
        data: The bytes.
        base: Offset of the first in the file.
        marks: Separators of the interchange.
        claim_type: Type of its claims.

    Attributes:
        units: Unit by the offset of its HL; null for one that the slow reader has to read.
        lines: The lines of all plain units.
        end: Offset of the first HL that is not among the units.
    """

    def __init__(self, data: bytes, base: int, marks: Delimiters, claim_type: ClaimType) -> None:
        self.data = data
        self.base = base
        self.claim_type = claim_type
        self.marks = (marks.element, marks.component)
        self._terminator = marks.segment
        self.table = segment_table(data, marks)
        self.lines = PlainLines([])
        self.units: dict[int, PlainUnit | None] = {}
        self._claims: list[tuple[int, int, int]] = []
        bounds = list(self._bounds())
        self.end = base + (self.table.starts[bounds[-1][1]] if bounds else 0)
        self._read(bounds)

    def row(self, at: int) -> list[str]:
        """Return the elements of a segment."""
        table = self.table
        return table.text[table.starts[at] : table.ends[at]].split(self.marks[0])

    def _bounds(self) -> Iterator[tuple[int, int]]:
        """Yield first segment and end of each HL level that is complete: the next HL or SE is there."""
        for match in re.finditer(r"H[^H$]*(?=[H$])", self.table.letters):
            yield match.start(), match.end()

    def _read(self, bounds: list[tuple[int, int]]) -> None:
        letters = self.table.letters
        starts, base = self.table.starts, self.base
        plain = [(first, end) for first, end in bounds if _UNIT.fullmatch(letters, first, end)]
        places = self._place_claims(plain)
        self.units = dict.fromkeys([base + starts[first] for first, _ in bounds])
        subscriber: PlainUnit | None = None
        claim = 0
        after = -1
        for first, end in plain:
            count = letters.count("C", first, end)
            unit = self._unit(first, end, places[claim : claim + count], subscriber if after == first else None)
            claim += count
            if unit is not None:
                self.units[base + starts[first]] = unit
                after = end
                if unit.patient is None:
                    subscriber = unit

    def _place_claims(self, plain: list[tuple[int, int]]) -> list[tuple[int, int, int, int, int]]:
        """Read the lines of all claims; return first segment, first LX, end, first and end line of each claim."""
        letters = self.table.letters
        heads: list[int] = []
        numbers: list[int] = []
        details: list[int] = []
        owners: list[int] = []
        found = []
        for first, end in plain:
            at = letters.find("C", first, end)
            while at >= 0:
                after = letters.find("C", at + 1, end)
                stop = after if after >= 0 else end
                lx = letters.find("L", at, stop)
                shape = _line_shape(letters[lx:stop])
                before = len(heads)
                heads += [lx + place for place in shape.heads]
                numbers += shape.numbers
                details += [lx + place for place in shape.details]
                owners += [before + line for line in shape.owners]
                found.append((at, lx, stop, before, len(heads)))
                at = after
        if heads:
            self.lines = read_lines(self.table, heads, numbers, self.marks, SERVICES[self.claim_type])
            read_details(self.lines, self.table, details, owners, self.marks)
        return found

    def _unit(
        self, first: int, end: int, places: list[tuple[int, int, int, int, int]], above: PlainUnit | None
    ) -> PlainUnit | None:
        """Return the unit, or null when a value in it is not plain."""
        level_end = places[0][0] if places else end
        letters = self.table.letters
        payer_at = letters.find("Y", first, level_end)
        text, starts, ends = self.table.text, self.table.starts, self.table.ends
        who_end = payer_at if payer_at >= 0 else level_end
        element = self.marks[0]
        rows = [text[starts[at] : ends[at]].split(element) for at in range(first, who_end)]
        hl = rows[0]
        unit = PlainUnit(first, end, hl, level_end)
        if len(hl) < 4:
            return None
        if payer_at >= 0:
            payer = text[starts[payer_at] : ends[level_end - 1]]
            marks = (element, self._terminator)
            found = read_plain_subscriber(rows, letters[first:who_end], payer, marks) if hl[3] == "22" else None
            unit.subscriber = found
        elif above is not None and hl[3] == "23" and hl[2] == above.hl[1]:
            unit.patient = read_plain_patient(rows, letters[first:who_end])
            unit.subscriber = above.subscriber if unit.patient is not None else None
        if unit.subscriber is None:
            return None
        for place in places:
            claim = self._claim(place)
            if claim is None:
                return None
            unit.claims.append(claim)
        return unit

    def _claim(self, place: tuple[int, int, int, int, int]) -> PlainClaim | None:
        at, lx, end, first_line, end_line = place
        if self.lines.odd and any(line in self.lines.odd for line in range(first_line, end_line)):
            return None
        text, starts, ends, base = self.table.text, self.table.starts, self.table.ends, self.base
        draft = read_head([text[starts[one] : ends[one]] for one in range(at, lx)], self.claim_type, self.marks)
        if draft is None:
            return None
        return PlainClaim(draft, base + starts[at], base + ends[end - 1] + 1, first_line, end_line)


@dataclass(slots=True)
class Stretch:
    """Units of a block that stand next to each other, under one billing provider.

    Attributes:
        block: The block.
        units: The units, the first of them a subscriber level.
        level: Level of the billing provider.
        ordinal: Number in the file of the claim before its first.
    """

    block: Block
    units: list[PlainUnit]
    level: Level
    ordinal: int

    @property
    def claims(self) -> int:
        """Number of claims."""
        return sum(len(unit.claims) for unit in self.units)

    @property
    def segments(self) -> int:
        """Number of segments."""
        return self.units[-1].end - self.units[0].first

    @property
    def end(self) -> int:
        """First byte after it in the file."""
        return self.block.base + self.block.table.ends[self.units[-1].end - 1] + 1
