"""What is known of procedure codes: kinds of visits, global days, once-per-lifetime groups, unit limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

import numpy as np
import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field

from processors.history.entry import NO_GLOBAL, Flags, Hashes, Integers, Kind
from processors.history.hashing import text_words
from reference.library import ReferenceLibrary

_FILE = Path(__file__).parent / "procedures.yaml"
_GLOBAL_DAYS = {"000": 0, "010": 10, "090": 90}
NO_LIMIT = -1
NO_GROUP = -1

Codes = tuple[int | str, ...]


class ProcedureList(BaseModel):
    """The lists of procedures.yaml as written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    new_patient_visits: Codes
    office_visits: Codes
    global_visits: Codes
    face_to_face: Codes
    once_per_lifetime: Mapping[str, Codes]
    distinguishing_modifiers: Annotated[tuple[str, ...], Field(max_length=64)]
    same_as: Mapping[str, str]
    no_global_period: tuple[str, ...]
    not_the_whole: tuple[str, ...]

    @classmethod
    @cache
    def shipped(cls) -> Self:
        """Return the lists that claimstream ships."""
        return cls.model_validate(yaml.safe_load(_FILE.read_text(encoding="utf-8")))

    def bits(self) -> dict[str, int]:
        """Return the bit of every distinguishing modifier."""
        bits = {modifier: place for place, modifier in enumerate(self.distinguishing_modifiers)}
        return {**bits, **{modifier: bits[other] for modifier, other in self.same_as.items()}}

    def mask(self, modifiers: Iterable[str]) -> int:
        """Return the bits of some modifiers together."""
        bits = self.bits()
        return sum({1 << bits[modifier] for modifier in modifiers})


class Known(NamedTuple):
    """What is known of the codes of a batch, one value a line.

    Attributes:
        kind: FACE_TO_FACE and OFFICE_VISIT of Kind.
        new_patient: It is a visit of a new patient.
        global_visit: It is a visit that a global period includes.
        global_days: Global days of a surgery, NO_GLOBAL without.
        lifetime: Number of the once-per-lifetime group, NO_GROUP without.
        practitioner_units: Most units a day for practitioners, NO_LIMIT without a daily limit.
        hospital_units: The same for outpatient hospitals.
    """

    kind: Integers
    new_patient: Flags
    global_visit: Flags
    global_days: Integers
    lifetime: Integers
    practitioner_units: Integers
    hospital_units: Integers

    def take(self, place: Integers) -> Known:
        """Return what is known at some places."""
        return Known(
            self.kind[place],
            self.new_patient[place],
            self.global_visit[place],
            self.global_days[place],
            self.lifetime[place],
            self.practitioner_units[place],
            self.hospital_units[place],
        )


@dataclass(frozen=True, eq=False)
class Procedures:
    """Every code that something is known of, sorted, with what is known of it.

    Attributes:
        codes: The codes as words of eight bytes, ascending.
        known: What is known of each; the last row is for all other codes.
    """

    codes: Hashes
    known: Known

    @classmethod
    def of(cls, library: ReferenceLibrary) -> Self:
        """Gather what the lists and the reference tables say."""
        lists = ProcedureList.shipped()
        facts: dict[str, dict[str, Any]] = {}
        for code, days in _global_days(library):
            facts.setdefault(code, {}).update(global_days=days, kind=Kind.FACE_TO_FACE)
        for name in ("new_patient_visits", "office_visits", "global_visits", "face_to_face"):
            for code in _expanded(getattr(lists, name)):
                facts.setdefault(code, {})[name] = True
        for group, codes in enumerate(lists.once_per_lifetime.values()):
            for code in _expanded(codes):
                facts.setdefault(code, {})["lifetime"] = group
        for service, code, units in _daily_limits(library):
            facts.setdefault(code, {})[service] = units
        words = text_words(pl.Series(list(facts), dtype=pl.String))[:, 0]
        order = np.argsort(words)
        rows = [*(list(facts.values())[place] for place in order), {}]
        return cls(np.ascontiguousarray(words[order]), _known(rows))

    def look_up(self, codes: Hashes) -> Known:
        """Return what is known of each code.

        Args:
            codes: Codes as words of eight bytes.
        """
        place = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        place = np.where(self.codes[place] == codes, place, len(self.codes))
        return self.known.take(place)


def _known(rows: list[dict[str, Any]]) -> Known:
    def column(name: str, missing: int | Kind) -> Integers:
        return np.array([row.get(name, missing) for row in rows], dtype=np.int64)

    visits = {name: column(name, 0).astype(bool) for name in ("new_patient_visits", "global_visits")}
    kind = column("kind", 0) | column("face_to_face", 0) * Kind.FACE_TO_FACE
    return Known(
        kind=kind | column("office_visits", 0) * Kind.OFFICE_VISIT,
        new_patient=visits["new_patient_visits"],
        global_visit=visits["global_visits"],
        global_days=column("global_days", NO_GLOBAL),
        lifetime=column("lifetime", NO_GROUP),
        practitioner_units=column("practitioner", NO_LIMIT),
        hospital_units=column("hospital", NO_LIMIT),
    )


def _expanded(codes: Codes) -> Iterator[str]:
    for code in map(str, codes):
        first, dash, last = code.partition("-")
        yield from (f"{number:05d}" for number in range(int(first), int(last) + 1)) if dash else (first,)


def _global_days(library: ReferenceLibrary) -> Iterator[tuple[str, int]]:
    """Yield code and global days of every surgery in the latest year of the fee schedule that has it."""
    surgeries = library.frame("fee_schedule").filter(pl.col("global_days").is_in(list(_GLOBAL_DAYS))).sort("year")
    for code, days in surgeries.select("hcpcs", "global_days").unique("hcpcs", keep="last").iter_rows():
        yield code, _GLOBAL_DAYS[days]


def _daily_limits(library: ReferenceLibrary) -> Iterator[tuple[str, str, int]]:
    """Yield kind of provider, code and most units of the edits by date of service (adjudication 2 and 3)."""
    limits = library.frame("ncci_mue").filter(pl.col("mai").is_in([2, 3]) & (pl.col("service_type") != "dme"))
    yield from limits.select("service_type", "hcpcs", "max_units").iter_rows()
