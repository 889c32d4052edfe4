"""The columnar pricer against a second one, written from the rules alone, on thousands of random sessions."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from functools import cache

import polars as pl
import pytest

from processors.pricing.lines import LINE_SCHEMA, price_lines
from processors.pricing.modifiers import bits
from tests.unit.pricing.full_book import full_book
from tests.unit.pricing.plain_pricer import Line, price_session
from tests.unit.pricing.plain_schedule import Place, schedule

SESSIONS = 1_500
DAYS = (date(2024, 1, 15), date(2024, 3, 9), date(2025, 7, 1), date(2026, 3, 1), date(2026, 11, 30))
PLACES = (("CA", "18"), ("SC", "01"), ("FL", "04"), ("AK", "01"), ("NY", "01"), ("TX", "99"))
TAXONOMIES = ("", "", "", "207Q00000X", "363L00000X", "1041C0700X")
SURGICAL = ("", "50", "51", "52", "53", "54", "55", "56", "62", "66", "76", "78", "80", "82", "AS", "RT", "LT", "59")
TECHNICAL = ("", "", "26", "TC", "26", "TC", "59", "FX", "FY", "CT", "50", "RT", "LT", "XE", "52", "73", "GY")
READ = {*SURGICAL, *TECHNICAL} - {"", "51", "76"}
KINDS = ("2", "2", "3", "4", "5", "6", "7", "0", "9", "")


@cache
def codes(year: int, kind: str) -> tuple[str, ...]:
    """Codes of a multiple-procedure indicator; with the empty kind any code, whatever its status."""
    rows = schedule(year).values()
    found = {
        row["hcpcs"]
        for row in rows
        if row["status_code"] != "J" and (not kind or (row["mult_proc"] == kind and row["status_code"] in "ART"))
    }
    return tuple(sorted(found))


@cache
def families(year: int) -> tuple[tuple[str, ...], ...]:
    """Endoscopy families with their base."""
    found: dict[str, set[str]] = {}
    for row in schedule(year).values():
        if row["endo_base"] and row["status_code"] in "ART":
            found.setdefault(row["endo_base"], {row["endo_base"]}).add(row["hcpcs"])
    return tuple(tuple(sorted(family)) for _, family in sorted(found.items()))


def session(rng: random.Random) -> tuple[Place, list[Line]]:
    """Return a random session: mostly lines of one kind, so that they are ranked against each other."""
    day = rng.choice(DAYS)
    place = Place(day, *rng.choice(PLACES), rng.random() < 0.2, rng.random() < 0.8, taxonomy=rng.choice(TAXONOMIES))
    kind, pos = rng.choice(KINDS), rng.choice(["11", "11", "11", "22", "24"])
    pool = codes(day.year, kind)
    if kind == "3" and rng.random() < 0.7:
        pool = rng.choice(families(day.year))
    few = rng.sample(pool, min(len(pool), 4))
    lines = [_line(rng, kind, pos, few) for _ in range(rng.choice([1, 2, 2, 3, 4, 6]))]
    if rng.random() < 0.3:
        lines.append(_line(rng, "2", pos, codes(day.year, rng.choice(("2", "4", "5")))))
    return place, lines


def _line(rng: random.Random, kind: str, pos: str, pool: tuple[str, ...] | list[str]) -> Line:
    usual = TECHNICAL if kind in ("4", "6", "7") else SURGICAL
    modifiers = tuple(sorted({rng.choice(usual), *([rng.choice(usual)] if rng.random() < 0.15 else [])} - {""}))
    modifiers = () if rng.random() < 0.4 else modifiers
    return Line(
        code=rng.choice(pool),
        modifiers=modifiers,
        tie=bits(*READ & {*modifiers}),
        pos=rng.choice(["77", "05"]) if rng.random() < 0.01 else pos,
        units=rng.choice([1, 1, 1, 1, 1, 2, 3]),
        charge=Decimal(rng.choice([100_000_000, 100_000_000, 100_000_000, 5_000])) / 100,
    )


def columnar(sessions: list[tuple[Place, list[Line]]]) -> list[int | None]:
    """Return the cents of every line by the pricer under test, all in one pass."""
    rows = [
        {
            "code": line.code,
            "modifiers": list(line.modifiers),
            "pos": line.pos,
            "date": place.day,
            "state": place.state,
            "locality": place.locality,
            "units": float(line.units),
            "charge_cents": int(line.charge * 100),
            "taxonomy": place.taxonomy or None,
            "participating": place.participating,
            "in_apm": place.apm,
            "claim": str(number // 3),  # a claim holds sessions of several providers
            "provider": str(number),
        }
        for number, (place, lines) in enumerate(sessions)
        for line in lines
    ]
    return price_lines(pl.DataFrame(rows, schema=LINE_SCHEMA), full_book())["expected_allowed_cents"].to_list()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_sessions_have_the_price_that_plain_python_finds(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - drawn for tests
    sessions = [session(rng) for _ in range(SESSIONS)]
    found = iter(columnar(sessions))
    different, with_price = [], 0
    for place, lines in sessions:
        asked = [(line.code, line.modifiers, line.pos, line.units) for line in lines]
        got = [next(found) for _ in lines]
        expected = [None if amount is None else int(amount * 100) for amount in price_session(lines, place)]
        with_price += sum(amount is not None for amount in expected)
        if got != expected:
            different.append((place, list(zip(asked, got, expected, strict=True))))
    assert different == []
    assert with_price > 0.5 * SESSIONS
