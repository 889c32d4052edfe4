"""The library: loaded tables over the starter set, the same whoever asks, and honest about what is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from reference.library import ReferenceLibrary
from reference.loading import load_folder
from reference.tables import TABLES
from tests.unit.reference import official_files as official
from tests.unit.reference.official_files import write

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "in", "GPCI2026.csv", official.GPCI_2026)
    write(tmp_path / "in", "OPPSCAP_2025.csv", official.CAP_2025)
    load_folder(tmp_path / "in", tmp_path / "out", NOW)
    return tmp_path / "out"


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_its_columns_loaded_or_not(name: str) -> None:
    frame = ReferenceLibrary.starter().frame(name)
    assert frame.schema == TABLES[name].schema
    assert frame.is_empty() == (TABLES[name].starter is None)


def test_no_folder_and_an_absent_folder_are_the_starter_set(tmp_path: Path) -> None:
    version = ReferenceLibrary.starter().version
    assert ReferenceLibrary.open(None).version == version
    assert ReferenceLibrary.open(tmp_path / "absent").version == version
    assert ReferenceLibrary.open(tmp_path).version == version


def test_loaded_tables_stand_over_the_starter_set(folder: Path) -> None:
    library = ReferenceLibrary.open(folder)
    gpci, places = library.find("gpci"), library.find("pos_codes")
    assert gpci is not None
    assert places is not None
    assert (gpci.source, gpci.frame.height) == ("GPCI2026.csv", 3)
    assert (places.source, places.frame.height) == ("starter", 52)


def test_a_table_that_is_neither_loaded_nor_shipped_is_none() -> None:
    library = ReferenceLibrary.starter()
    assert library.find("opps_cap") is None
    assert library.frame("opps_cap").is_empty()


def test_a_name_that_no_table_has_is_a_fault_of_the_caller() -> None:
    for ask in (ReferenceLibrary.starter().find, ReferenceLibrary.starter().frame):
        with pytest.raises(KeyError):
            ask("gcpi")


def test_the_version_tells_contents_apart(folder: Path) -> None:
    starter, opened = ReferenceLibrary.starter(), ReferenceLibrary.open(folder)
    versions = {starter.version, opened.version, starter.as_if_complete().version}
    assert len(versions) == 3
    assert ReferenceLibrary.open(folder).version == opened.version
    assert len(opened.version) == 12


def test_as_if_complete_changes_no_row() -> None:
    starter = ReferenceLibrary.starter()
    complete = starter.as_if_complete()
    for name in starter.origins:
        one, other = starter.find(name), complete.find(name)
        assert one is not None
        assert other is not None
        assert other.complete
        assert one.frame.equals(other.frame)
    assert complete.find("opps_cap") is None


def test_a_table_can_be_put_in_place_of_another() -> None:
    starter = ReferenceLibrary.starter()
    row = starter.frame("icd10cm").head(1)
    own = starter.find("icd10cm")
    assert own is not None
    library = starter.with_tables(replace(own, frame=row, complete=True))
    assert library.find("icd10cm") is not None
    assert library.frame("icd10cm").equals(row)
    assert library.version != starter.version
    assert starter.frame("icd10cm").height > 1


def test_a_table_is_read_once(folder: Path) -> None:
    library = ReferenceLibrary.open(folder)
    assert library.frame("gpci") is library.frame("gpci")


def test_opening_reads_no_table(folder: Path) -> None:
    for stored in folder.glob("*.parquet"):
        stored.unlink()
    assert ReferenceLibrary.open(folder).frame("pos_codes").height == 52


@pytest.mark.parametrize(
    ("day", "covered"), [(date(2024, 12, 31), False), (date(2025, 1, 1), True), (date(2026, 12, 31), True)]
)
def test_a_table_says_whether_it_speaks_for_a_day(day: date, covered: bool) -> None:
    table = ReferenceLibrary.starter().find("gpci")
    assert table is not None
    assert table.covers(day) is covered
    assert replace(table, effective_from=None, effective_to=None).covers(day)


def test_the_rows_that_are_counted_are_the_rows_that_are_read(folder: Path) -> None:
    library = ReferenceLibrary.open(folder)
    assert {name: origin.rows for name, origin in library.origins.items()} == {
        name: library.frame(name).height for name in library.origins
    }


def test_known_facts_of_the_edits_are_there() -> None:
    library = ReferenceLibrary.starter()
    pairs = library.frame("ncci_ptp").select("setting", "column1", "column2", "modifier_ind")
    known = [
        ("practitioner", "45385", "45378", 0),
        ("hospital", "45385", "45378", 0),
        ("practitioner", "45385", "45380", 1),
        ("practitioner", "96372", "99211", 0),
        ("hospital", "96372", "99211", 1),
        ("practitioner", "93000", "93005", 1),
    ]
    assert set(known) <= set(pairs.rows())
    limits = dict(
        library.frame("ncci_mue").select(pl.concat_str("service_type", "hcpcs", separator=" "), "max_units").rows()
    )
    wanted = {"practitioner 99213": 2, "practitioner 97110": 6, "hospital 97110": 8, "practitioner 45378": 1}
    assert {name: limits[name] for name in wanted} == wanted
    assert library.frame("anesthesia_base_units").rows() == [("01402", 7)]
