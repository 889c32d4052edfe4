"""Lists of fiscal years become spans of validity that agree with every list on its first day."""

from __future__ import annotations

from datetime import date

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from reference.loading.icd10cm import with_years
from reference.loading.layout import OPEN_END, Loaded
from reference.tables import TABLES

SCHEMA = TABLES["icd10cm"].schema
CODES = [f"A0{digit}" for digit in range(6)]
FIRST_YEAR = 2016

spans = st.lists(
    st.tuples(st.sampled_from(CODES), st.integers(2014, 2022), st.integers(0, 8)), max_size=6, unique_by=lambda s: s[0]
)
lists = st.lists(st.sets(st.sampled_from(CODES), min_size=1), min_size=1, max_size=5)


def rows(codes: list[tuple[str, date, date]]) -> pl.DataFrame:
    frame = pl.DataFrame(codes, schema={"code": pl.String, "valid_from": pl.Date, "valid_to": pl.Date}, orient="row")
    return frame.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in SCHEMA.items() if name not in frame.columns
    ).select(SCHEMA.names())


def start(year: int) -> date:
    return date(FIRST_YEAR + year, 10, 1)


def listed(codes: set[str], year: int) -> Loaded:
    frame = rows([(code, start(year), OPEN_END) for code in sorted(codes)])
    return Loaded(frame, f"FY{FIRST_YEAR + year + 1}", start(year))


def valid_on(frame: pl.DataFrame, day: date) -> list[str]:
    return sorted(frame.filter(pl.col("valid_from") <= day, pl.col("valid_to") >= day)["code"])


@given(spans, lists)
def test_on_the_first_day_of_the_last_list_exactly_its_codes_hold(
    known: list[tuple[str, int, int]], years: list[set[str]]
) -> None:
    base = rows([(code, date(y, 10, 1), date(y + n + 1, 9, 30)) for code, y, n in known])
    merged = with_years(base, [listed(codes, year) for year, codes in enumerate(years)])
    assert valid_on(merged, start(len(years) - 1)) == sorted(years[-1])
    assert merged.schema == SCHEMA
    assert merged.select("code", "valid_from").is_unique().all()


@given(lists)
def test_without_other_knowledge_every_list_holds_on_its_day(years: list[set[str]]) -> None:
    merged = with_years(None, [listed(codes, year) for year, codes in enumerate(years)])
    for year, codes in enumerate(years):
        assert valid_on(merged, start(year)) == sorted(codes)


@given(spans, lists)
def test_a_list_that_is_given_twice_changes_nothing(known: list[tuple[str, int, int]], years: list[set[str]]) -> None:
    base = rows([(code, date(y, 10, 1), OPEN_END) for code, y, _ in known])
    given_lists = [listed(codes, year) for year, codes in enumerate(years)]
    once = with_years(base, given_lists)
    assert with_years(once, given_lists[-1:]).equals(once)


def test_what_was_known_before_the_first_list_stays() -> None:
    base = rows([("A00", date(2015, 10, 1), OPEN_END), ("A01", date(2015, 10, 1), date(2018, 9, 30))])
    merged = with_years(base, [listed({"A00", "A02"}, 4)])
    assert merged.select("code", "valid_from", "valid_to").rows() == [
        ("A00", date(2015, 10, 1), OPEN_END),
        ("A01", date(2015, 10, 1), date(2018, 9, 30)),
        ("A02", date(2020, 10, 1), OPEN_END),
    ]
