"""The published files as dictionaries, and the fee formula on them, for the second pricer of `plain_pricer`."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from tests.shared_data import shared

Row = dict[str, str]


@dataclass(frozen=True)
class Place:
    """Where, when and by whom a session was."""

    day: date
    state: str
    locality: str
    apm: bool = False
    participating: bool = True
    taxonomy: str = ""

    @property
    def indices(self) -> tuple[Decimal, Decimal, Decimal]:
        row = _localities()[str(self.day.year), self.state, self.locality]
        return Decimal(row["work_gpci"]), Decimal(row["pe_gpci"]), Decimal(row["mp_gpci"])

    @property
    def factor(self) -> Decimal:
        wanted = ("ALL", "APM" if self.apm else "NON_APM")
        for row in _read("reference/conversion_factors.csv"):
            if row["effective_from"] <= self.day.isoformat() <= row["effective_to"] and row["basis"] in wanted:
                return Decimal(row["conversion_factor"])
        raise AssertionError(self.day)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


@cache
def _read(name: str) -> tuple[Row, ...]:
    with shared(name).open(encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


@cache
def _localities() -> dict[tuple[str, str, str], Row]:
    return {(row["year"], row["state"], row["locality"]): row for row in _read("reference/gpci.csv")}


@cache
def schedule(year: int) -> dict[tuple[str, str], Row]:
    return {(row["hcpcs"], row["modifier"]): row for row in _read(f"reference/rvu_{year}.csv")}


@cache
def bases(year: int) -> frozenset[str]:
    return frozenset(row["endo_base"] for row in schedule(year).values() if row["endo_base"])


@cache
def facilities() -> dict[str, bool]:
    rows = _read("reference/pos_codes.csv")
    return {row["pos"]: row["pfs_setting"] == "F" for row in rows if row["medicare_adjudicated"] == "1"}


@cache
def provider_shares() -> dict[str, Decimal]:
    rows = _read("reference/taxonomy.csv")
    return {row["taxonomy"]: Decimal(row["mpfs_factor"]) for row in rows if row["mpfs_factor"]}


def fee(row: Row, pos: str, place: Place, *, practice_share: Decimal = Decimal(1)) -> Decimal:
    """The fee of one service: one rounding."""
    practice = Decimal(row["fac_pe_rvu" if facilities()[pos] else "nonfac_pe_rvu"]) * practice_share
    work, pe, mp = place.indices
    return cents((Decimal(row["work_rvu"]) * work + practice * pe + Decimal(row["mp_rvu"]) * mp) * place.factor)


def capped(amount: Decimal, row: Row, pos: str, place: Place) -> Decimal:
    """At most the hospital outpatient amount."""
    practice = Decimal(row["opps_fac_pe" if facilities()[pos] else "opps_nonfac_pe"] or 0)
    if practice <= 0:
        return amount
    work, pe, mp = place.indices
    units = Decimal(row["work_rvu"]) * work + practice * pe + Decimal(row["opps_mp"] or 0) * mp
    return min(amount, cents(units * place.factor))
