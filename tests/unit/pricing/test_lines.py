"""Pricing of tables of single lines, and the book they are priced from."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from processors.pricing import PriceBook, price
from processors.pricing.lines import price_lines
from processors.pricing.rates import WHOLE_TESTS
from processors.validation.examples import example_batch
from reference.library import ReferenceLibrary
from schemas.errors import BadInputError
from tests.unit.pricing.build_ups import line
from tests.unit.pricing.full_book import full_book

LINE = {"code": ["99213"], "pos": ["11"], "date": [date(2026, 6, 3)], "state": ["SC"]}


def test_a_line_alone_is_priced_as_on_a_claim() -> None:
    single = price_lines(pl.DataFrame(LINE), PriceBook.starter())
    on_a_claim = price(example_batch(), PriceBook.starter()).lines
    columns = ["expected_allowed_cents", "rvu_total_e5", "rvu_work_e5", "price_status", "price_basis", "price_steps"]
    assert single.select(columns).equals(on_a_claim.select(columns))


def test_columns_and_rows_stay_as_given() -> None:
    lines = pl.DataFrame({**LINE, "note": ["mine"]})
    priced = price_lines(pl.concat([lines, lines.with_columns(code=pl.lit("99212"))]), PriceBook.starter())
    assert priced["code"].to_list() == ["99213", "99212"]
    assert priced["note"].to_list() == ["mine", "mine"]


def test_modifiers_and_dates_may_be_text() -> None:
    lines = pl.DataFrame({**LINE, "code": ["71046"], "modifiers": ["26,59"], "date": ["2026-06-03"]})
    # (0.21 + 0.08 * 0.924 + 0.01 * 0.850) * 33.4009 = 9.77
    assert price_lines(lines, PriceBook.starter())["expected_allowed_cents"].to_list() == [977]


def test_a_year_with_a_factor_and_without_a_schedule_is_not_loaded() -> None:
    lines = pl.DataFrame({**LINE, "date": [date(2023, 6, 1)]})
    assert price_lines(lines, full_book())["price_status"].to_list() == ["no_year"]


def test_an_unreadable_date_has_no_price() -> None:
    lines = pl.DataFrame({**LINE, "date": ["June"]})
    assert price_lines(lines, PriceBook.starter())["price_status"].to_list() == ["no_date"]


def test_a_missing_column_is_named() -> None:
    with pytest.raises(BadInputError, match="pos"):
        price_lines(pl.DataFrame(LINE).drop("pos"), PriceBook.starter())


def test_a_column_of_another_type_is_named() -> None:
    with pytest.raises(BadInputError, match="charge_cents"):
        price_lines(pl.DataFrame({**LINE, "charge_cents": ["much"]}), PriceBook.starter())


def test_no_lines_are_no_prices() -> None:
    priced = price_lines(pl.DataFrame(LINE).clear(), PriceBook.starter())
    assert priced.height == 0
    assert "price_steps" in priced.columns


def test_a_zip_code_goes_before_the_state_and_a_locality_before_both() -> None:
    # 99213 in the office: rest of California, Los Angeles by ZIP code, and Los Angeles by locality.
    lines = pl.DataFrame({**LINE, "state": ["CA"]})
    zips = pl.DataFrame({"zip": ["90001"], "state": ["CA"], "locality": ["18"]})
    library = ReferenceLibrary.starter()
    book = PriceBook.build(
        library.frame("fee_schedule"),
        library.frame("gpci"),
        library.frame("conversion_factors"),
        library.frame("pos_codes"),
        zip_localities=zips,
    )
    by_state, by_zip, by_locality, unknown = (
        price_lines(lines.with_columns(**more), book)["expected_allowed_cents"].item()
        for more in (
            {},
            {"zip": pl.lit("900011234")},
            {"zip": pl.lit("99999"), "locality": pl.lit("18")},
            {"locality": pl.lit("77")},
        )
    )
    assert by_state != by_zip == by_locality == 10489
    assert unknown is None
    claim = {"billing_state": "CA", "billing_zip": "900011234"}
    assert price(example_batch([claim]), book).lines["expected_allowed_cents"].to_list() == [10489]


def test_injections_are_bundled_with_whatever_else_is_paid() -> None:
    # 36592 has status T: paid alone (1.01 * 33.4009 = 33.73), not with a visit of the same provider.
    lines = (
        pl.DataFrame({**LINE, "state": ["US"]})
        .select(pl.exclude("code"))
        .join(pl.DataFrame({"code": ["36592", "99213"], "claim": "one"}), how="cross")
    )
    assert price_lines(lines[:1], full_book())["expected_allowed_cents"].to_list() == [3373]
    assert price_lines(lines, full_book())["price_status"].to_list() == ["bundled", "priced"]


def test_whole_tests_are_the_sum_of_their_parts_in_the_published_files() -> None:
    rates = full_book().rates.filter(pl.col("hcpcs").is_in(list(WHOLE_TESTS)))
    parts = rates.filter(~pl.col("asked"))
    assert parts.height == 2 * 3 * len(WHOLE_TESTS)
    assert (parts.select("work_rvu_e2", "nonfac_pe_rvu_e2", "mp_rvu_e2").to_numpy() >= 0).all()
    assert parts.filter(pl.col("component") == "TC")["work_rvu_e2"].max() == 0


def test_the_books_of_other_tables_have_other_versions() -> None:
    library = ReferenceLibrary.starter()
    fees = library.frame("fee_schedule")
    books = [
        PriceBook.build(
            schedule, library.frame("gpci"), library.frame("conversion_factors"), library.frame("pos_codes")
        )
        for schedule in (fees, fees, fees.head(100))
    ]
    assert books[0].version == books[1].version != books[2].version
    assert PriceBook.of(library).version == PriceBook.starter().version


def test_modifiers_are_read_from_a_slice_of_lines_as_from_all() -> None:
    lines = pl.DataFrame([line("20610", "50"), line("99213"), line("99213", "ZQ"), line("71046", "26")])
    whole = price_lines(lines, PriceBook.starter())["expected_allowed_cents"].to_list()
    parts = [price_lines(lines[at : at + 1], PriceBook.starter())["expected_allowed_cents"].item() for at in range(4)]
    assert parts == whole
    assert whole[2] is None
