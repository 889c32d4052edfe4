"""Whole published files load with the rows that their description counts, and the starter rows agree with them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from reference.library import ReferenceLibrary
from reference.loading import LoadResult, load_folder
from reference.tables import TABLES
from tests.shared_data import shared

ROWS = {
    "rvu_2026.csv": 19_356,
    "rvu_2025.csv": 19_090,
    "rvu_2024.csv": 18_664,
    "gpci.csv": 327,
    "conversion_factors.csv": 6,
    "anesthesia_cf_2024.csv": 218 + 2,  # and the national factor of both periods
    "opps_cap_2024.csv": 17_710,
    "locality_county.csv": 210,
    "zip_locality.csv": 41_076,
    "mac_contractors.csv": 55,
    "pos_codes.csv": 52,
    "modifiers.csv": 426,
    "hcpcs_level2.csv": 8_033,
    "rbcs.csv": 15_522,
    "icd10cm.csv": 75_909,
    "ncci_ptp_practitioner.parquet": 1_669_820,
    "ncci_ptp_hospital.parquet": 1_335_857,
    "ncci_ptp_rationale.csv": 12,
    "ncci_mue.csv": 32_233,
    "ncci_addon.csv": 7_465,
    "carc.csv": 405,
    "rarc.csv": 1_171,
    "adjustment_group_codes.csv": 5,
    "claim_status_category.csv": 48,
    "claim_status_codes.csv": 759,
    "taxonomy.csv": 883,
    "revenue_code_groups.csv": 94,
    "type_of_bill.csv": 56,
    "timely_filing.csv": 17,
}
"""Rows by file as the description of the shared data counts them."""


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> tuple[LoadResult, ReferenceLibrary]:
    folder: Path = tmp_path_factory.mktemp("tables")
    result = load_folder(shared("reference"), folder, datetime(2026, 11, 23, tzinfo=UTC))
    return result, ReferenceLibrary.open(folder)


def test_every_file_is_recognised_and_gives_its_rows(load: tuple[LoadResult, ReferenceLibrary]) -> None:
    result, _ = load
    assert {file.file: file.rows for file in result.files if file.outcome == "loaded"} == ROWS
    assert {file.file for file in result.files if file.outcome != "loaded"} == {"README.md", "pricing_golden.csv"}


def test_tables_of_several_files_hold_them_all(load: tuple[LoadResult, ReferenceLibrary]) -> None:
    _, library = load
    assert library.frame("fee_schedule").height == 19_356 + 19_090 + 18_664
    assert library.frame("ncci_ptp").height == 1_669_820 + 1_335_857
    assert library.frame("anesthesia_factors")["derived"].sum() == 3 * 109  # 2025 and 2026 stay from the starter set


def test_a_quarterly_list_says_for_which_quarter_it_speaks(load: tuple[LoadResult, ReferenceLibrary]) -> None:
    _, library = load
    table = library.find("hcpcs")
    assert table is not None
    assert (table.effective_from, table.effective_to) == (date(2024, 7, 1), date(2024, 9, 30))


OWN = {"procedure_families", "diagnoses", "payers", "anesthesia_base_units"}
"""Tables whose starter rows no file of the shared data gives."""
OWN_COLUMNS = {"label", "category", "source"}
"""Columns in which the starter rows have words of our own."""


PUBLISHED = [name for name, spec in TABLES.items() if spec.starter is not None and name not in OWN]


@pytest.mark.parametrize("name", PUBLISHED)
def test_starter_rows_are_facts_of_the_published_files(name: str, load: tuple[LoadResult, ReferenceLibrary]) -> None:
    _, library = load
    starter = ReferenceLibrary.starter().frame(name)
    columns = [column for column in starter.columns if column not in OWN_COLUMNS]
    if name == "claim_status_codes":
        columns = ["code"]
    unknown = starter.join(library.frame(name), on=columns, how="anti", nulls_equal=True)
    assert unknown.is_empty(), unknown


def test_a_starter_set_that_is_called_complete_is_the_whole_published_list(
    load: tuple[LoadResult, ReferenceLibrary],
) -> None:
    _, library = load
    for name, spec in TABLES.items():
        if spec.starter is not None and spec.starter.complete:
            starter = ReferenceLibrary.starter().frame(name)
            published = library.frame(name)
            if spec.parts == ("year",):
                published = published.filter(pl.col("year").is_in(starter["year"].unique().implode()))
            assert starter.height == published.height, name


def test_published_anesthesia_factors_of_2025_are_met_by_the_derived_ones() -> None:
    starter = ReferenceLibrary.starter().frame("anesthesia_factors")
    of_2025 = starter.filter(pl.col("effective_from") == date(2025, 1, 1), pl.col("derived"))
    found = dict(
        of_2025.select(pl.concat_str("state", "locality"), pl.col("conversion_factor").cast(pl.Float64)).rows()
    )
    published = {"AL00": 19.31, "AK01": 27.86, "AZ00": 20.04, "AR13": 19.21, "CA54": 20.45}
    assert all(abs(found[place] - factor) < 0.011 for place, factor in published.items())
