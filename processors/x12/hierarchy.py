"""The hierarchy of an 837: which billing provider, subscriber and patient the next claim belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

LEVELS = ("20", "22", "23")
"""HL03 of an 837: billing provider, subscriber, patient."""

_PARENT = {"22": "20", "23": "22"}
_ENTITIES = {"85": "20", "87": "20", "IL": "22", "PR": "22", "QC": "23"}
"""Level that NM1 of this entity belongs to."""


@dataclass(slots=True)
class Level:
    """One HL level.

    Attributes:
        code: HL03.
        number: HL01.
        segments: Its segments up to the first claim.
        broken: Why claims under it cannot be trusted, or null.
        parsed: What the mapper has read from it, kept for the next claim.
    """

    code: str
    number: str
    segments: list[list[str]] = field(default_factory=list)
    broken: str | None = None
    parsed: Any = None


class _Numbers:
    """HL01 of the levels of a set. They count up from 1 as a rule, so only the others need room."""

    def __init__(self) -> None:
        self._counted = 0
        self._others: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._counted or self._others)

    def __contains__(self, number: str) -> bool:
        value = _value(number)
        return number in self._others or (0 < value <= self._counted and str(value) == number)

    def add(self, number: str) -> None:
        if number == str(self._counted + 1):
            self._counted += 1
        elif number not in self:
            self._others.add(number)

    def count_on(self, first: int, size: int) -> bool:
        """Add numbers that count up, where they go on from here; tell whether they do."""
        goes_on = first == self._counted + 1
        if goes_on:
            self._counted += size
        return goes_on


class Hierarchy:
    """Follows the HL segments of one transaction set.

    When a segment that sets the hierarchy is damaged, nothing below it is trusted until a sound HL comes: a
    claim is never given to the wrong patient or provider.

    Attributes:
        levels: Open levels by HL03.
    """

    def __init__(self) -> None:
        self.levels: dict[str, Level] = {}
        self._numbers = _Numbers()
        self._level: Level | None = None
        self._broken: str | None = None
        self._damaged = False
        self._last_number = ""

    def open_level(self, elements: list[str]) -> bool:
        """Enter the level of an HL segment.

        Returns:
            Whether its parent exists; when not, the level before it was taken for it.

        Raises:
            ValueError: HL03 is not a level of an 837; nothing below is trusted now.
        """
        number, parent, code = [*elements, "", "", ""][1:4]
        if code not in LEVELS:
            self.lose("an HL segment names no known level", number)
            raise ValueError
        level = Level(code, number)
        for deeper in LEVELS:
            if deeper >= code:
                self.levels.pop(deeper, None)
        known = True
        if code in _PARENT:
            known, level.broken = self._parent_fault(number, parent, _PARENT[code])
        self.levels[code] = self._level = level
        self._numbers.add(number)
        self._last_number = number
        self._broken = None
        return known

    def pass_over(self, numbers: Sequence[str], counted: int) -> None:
        """Remember the numbers (HL01) of levels that were read elsewhere, in order.

        Args:
            numbers: Them.
            counted: The first, where they count up from it one by one; else 0.
        """
        if not (counted and self._numbers.count_on(counted, len(numbers))):
            for number in numbers:
                self._numbers.add(number)

    def lose(self, why: str, number: str = "") -> None:
        """Trust no level below the present one until a sound HL comes."""
        self._damaged = True
        self._broken = why
        self._level = None
        self._numbers.add(number)

    def describe(self, elements: list[str]) -> bool:
        """Add a segment to the open level; tell whether one is open or was."""
        level = self._level
        if level is None:
            return bool(self._numbers)
        if elements[0] == "NM1" and len(elements) > 1:
            home = _ENTITIES.get(elements[1], level.code)
            if home != level.code:
                level.broken = "its HL level holds names of another level"
        level.segments.append(elements)
        return True

    def distrust(self, why: str) -> None:
        """Trust the open level and those below it no more."""
        if self._level is not None:
            self._level.broken = why

    def fault(self) -> str | None:
        """Say why the next claim cannot be given to a patient, or nothing."""
        if self._broken is not None:
            return self._broken
        for level in self.levels.values():
            if level.broken is not None:
                return level.broken
        return None if "22" in self.levels else "it does not stand under a subscriber"

    def _parent_fault(self, number: str, parent: str, expected: str) -> tuple[bool, str | None]:
        """Tell whether the parent exists, and why the level cannot belong to the one above it."""
        above = self.levels.get(expected)
        if above is None:
            return True, "its HL level has no level above it"
        if above.broken is not None or above.number == parent:
            return True, above.broken
        if self._damaged or parent in self._numbers:
            return True, "its HL level names another level as its parent"
        if _value(self._last_number) < _value(parent) < _value(number):
            return True, "the HL segment of its parent is lost"
        return False, None


def _value(number: str) -> int:
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 12 else 0
