"""The kinds of encounters: what a practice bills together, as arrays to draw from.

The tables stand in `encounter_kinds/`, a kind an entry:

* family: main procedure family (`specialties.FAMILIES`).
* places: places of service, each as likely as it is often named; 11 when absent. Hospital bills have none.
* ages, sex, payers, except: whom the encounter is for; payers are payer types.
* once: only at a patient's first claim, for what is done once in a life.
* remote: by video.
* admitted: days since the admission, for services to inpatients.
* diagnoses: what it is for; absent, any diagnosis of the family.
* lines: in order, of each the `codes` (one is drawn, likelier the more often it is named), `new` (the same for a
  new patient), `share` (chance of the line, 1 when absent), `day` (days after the first) and `mark` (modifier).

A code that does not fit the patient's age or sex gives way to the next one of its line; without any, the line is
left out. Add-on codes stand beside their primary code, and no two codes of a kind exclude each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from models.synthetic.specialties import FAMILY_INDEX, SPECIALTIES
from models.synthetic.world import Codes, Flags, Index, Numbers, Texts, the_world

PAYER_TYPES: tuple[str, ...] = (
    "commercial",
    "medicaid",
    "exchange",
    "medicare",
    "medicare_advantage",
    "tricare",
    "workers_comp",
    "other",
)
MARKS: tuple[str | None, ...] = (None, "51", "59", "LD")
"""Modifiers that a line carries because of what stands beside it or where on the body it is done."""

MOST_LINES = 8
NOT_ADMITTED = -1
_FOLDER = Path(__file__).parent / "encounter_kinds"
_OFFICE = "11"


@dataclass(frozen=True)
class Choices:
    """Things to choose one of, equally likely, by cell.

    Attributes:
        first: Where the choices of each cell begin in `of`.
        size: How many each cell has.
        of: The choices.
    """

    first: Index
    size: Index
    of: Index

    @classmethod
    def from_lists(cls, lists: list[list[int]], shape: tuple[int, ...]) -> Choices:
        """Lay lists one behind the other; `shape` is that of the cells."""
        size = np.array([len(choices) for choices in lists], dtype=np.int64)
        flat = np.array([choice for choices in lists for choice in choices], dtype=np.int64)
        return cls((size.cumsum() - size).reshape(shape), size.reshape(shape), flat)

    def draw(self, rng: np.random.Generator, *cell: Index) -> Index:
        """Draw a choice of each cell; cells without choices give whatever stands beside them."""
        size = self.size[cell]
        return self.take(cell, (rng.random(size.shape) * size).astype(np.int64))

    def take(self, cell: tuple[Index, ...], number: Index) -> Index:
        """Return the choice of this number, counted round and round, of each cell."""
        place = self.first[cell] + number % np.maximum(self.size[cell], 1)
        chosen: Index = self.of[np.minimum(place, len(self.of) - 1)]
        return chosen


@dataclass(frozen=True)
class Kinds:
    """All kinds of encounters.

    Attributes:
        names: Name of each kind.
        family: Main family of each.
        min_age: Youngest patient of each.
        max_age: Oldest patient of each.
        sex: F, M or empty for both.
        payers: Whether a kind is billed to a payer type, kind x PAYER_TYPES.
        once: For a patient's first claim only.
        remote: By video.
        admitted: Days since the admission; NOT_ADMITTED for outpatients.
        places: Index into `place_codes`, by kind.
        place_codes: Places of service.
        diagnoses: Positions among the world's diagnoses, by kind.
        share: Chance of each line, kind x MOST_LINES.
        day: Days after the first, of each line.
        mark: Index into MARKS of each line.
        codes: Positions among the world's procedures, by (new patient, kind, line).
        mix: Cumulated weights, specialty x kind, the specialty's number added: ascending throughout.
        usual: The kind that each specialty has for everyone.
    """

    names: tuple[str, ...]
    family: Index
    min_age: Numbers
    max_age: Numbers
    sex: Texts
    payers: Flags
    once: Flags
    remote: Flags
    admitted: Index
    places: Choices
    place_codes: tuple[str, ...]
    diagnoses: Choices
    share: Numbers
    day: Index
    mark: Index
    codes: Choices
    mix: Numbers
    usual: Index

    def draw(self, rng: np.random.Generator, specialty: Index) -> Index:
        """Draw a kind of each specialty's mix."""
        drawn: Index = np.searchsorted(self.mix, rng.random(len(specialty)) + specialty, side="right")
        return drawn - specialty * len(self.names)

    def fit(self, kind: Index, age: Index, sex: Texts, payer_type: Index) -> Flags:
        """Tell which kinds are for a patient of this age, sex and payer type."""
        result: Flags = (
            (self.min_age[kind] <= age)
            & (age <= self.max_age[kind])
            & ((self.sex[kind] == "") | (self.sex[kind] == sex))
            & self.payers[kind, payer_type]
        )
        return result


def read_kinds() -> dict[str, dict[str, Any]]:
    """Return the entries of the tables by name."""
    entries: dict[str, dict[str, Any]] = {}
    for path in sorted(_FOLDER.glob("*.yaml")):
        entries |= yaml.safe_load(path.read_text(encoding="utf-8"))
    return entries


@lru_cache(maxsize=1)
def the_kinds() -> Kinds:
    """Return the kinds of encounters of the world."""
    world, entries = the_world(), read_kinds()
    names = tuple(entries)
    found = list(entries.values())
    lines = [[*entry["lines"], *[{}] * (MOST_LINES - len(entry["lines"]))] for entry in found]
    places = [str(entry.get("places", _OFFICE)).split() for entry in found]
    place_codes = tuple(sorted({place for named in places for place in named}))
    shape = (len(names), MOST_LINES)
    return Kinds(
        names=names,
        family=np.array([FAMILY_INDEX[entry["family"]] for entry in found]),
        min_age=np.array([entry.get("ages", (0, 120))[0] for entry in found], dtype=np.float64),
        max_age=np.array([entry.get("ages", (0, 120))[1] for entry in found], dtype=np.float64),
        sex=np.array([entry.get("sex", "") for entry in found], dtype=object),
        payers=np.array([_payers(entry) for entry in found]),
        once=np.array([entry.get("once", False) for entry in found]),
        remote=np.array([entry.get("remote", False) for entry in found]),
        admitted=np.array([entry.get("admitted", NOT_ADMITTED) for entry in found]),
        places=Choices.from_lists([[place_codes.index(p) for p in named] for named in places], (len(names),)),
        place_codes=place_codes,
        diagnoses=Choices.from_lists([list(_diagnoses(world.diagnoses, entry)) for entry in found], (len(names),)),
        share=np.array([[float("codes" in line) * line.get("share", 1.0) for line in each] for each in lines]),
        day=np.array([[line.get("day", 0) for line in each] for each in lines]),
        mark=np.array([[MARKS.index(line.get("mark")) for line in each] for each in lines]),
        codes=_codes(world.procedures, lines, (2, *shape)),
        mix=_mix(names),
        usual=np.array([names.index(next(iter(specialty.mix))) for specialty in SPECIALTIES]),
    )


def _payers(entry: dict[str, Any]) -> list[bool]:
    wanted = str(entry.get("payers", " ".join(PAYER_TYPES))).split()
    unwanted = str(entry.get("except", "")).split()
    return [name in wanted and name not in unwanted for name in PAYER_TYPES]


def _diagnoses(codes: Codes, entry: dict[str, Any]) -> Iterator[int]:
    family = FAMILY_INDEX[entry["family"]]
    of_family = codes.code[codes.first[family] : codes.first[family] + codes.size[family]]
    places = {code: place for place, code in enumerate(codes.code)}
    return (places[code] for code in str(entry.get("diagnoses", " ".join(of_family))).split())


def _codes(codes: Codes, lines: list[list[dict[str, Any]]], shape: tuple[int, ...]) -> Choices:
    places = {code: place for place, code in enumerate(codes.code)}
    texts = [line.get("codes", "") for each in lines for line in each]
    new = [line.get("new", line.get("codes", "")) for each in lines for line in each]
    return Choices.from_lists([[places[code] for code in str(text).split()] for text in (*texts, *new)], shape)


def _mix(names: tuple[str, ...]) -> Numbers:
    weights = np.array([[specialty.mix.get(name, 0.0) for name in names] for specialty in SPECIALTIES])
    shares: Numbers = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    shares[shares > 1 - 1e-12] = 1.0  # beyond the last kind of a specialty nothing is drawn
    result: Numbers = (shares + np.arange(len(SPECIALTIES))[:, None]).ravel()
    return result
