"""A load: in one step, the same when done again, part by part, and never harmed by a file that is wrong."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

import reference.store
from reference.errors import ReferenceDataError
from reference.library import ReferenceLibrary
from reference.loading import LoadResult, load_folder
from reference.tables import TABLES
from tests.unit.reference import official_files as official
from tests.unit.reference.official_files import write

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LATER = datetime(2027, 1, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    return tmp_path / "sources"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tables"


def rvu(sources: Path, name: str, *lines: str) -> None:
    preamble = official.PREAMBLE_2026 if "2026" in name else official.PREAMBLE_2025
    write(sources, name, preamble + "\n".join(lines) + "\n")


def outcomes(result: LoadResult) -> dict[str, str]:
    return {file.file: file.outcome for file in result.files}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def years(folder: Path) -> list[int]:
    return sorted(ReferenceLibrary.open(folder).frame("fee_schedule")["year"].unique())


def test_what_is_loaded_is_what_is_opened(sources: Path, folder: Path) -> None:
    write(sources, "GPCI2026.csv", official.GPCI_2026)
    result = load_folder(sources, folder, NOW)
    table = ReferenceLibrary.open(folder).find("gpci")
    assert table is not None
    assert table.frame.rows() == [
        (2026, "10112", "AL", "00", "1.000", "0.875", "0.566", 1),
        (2026, "01182", "CA", "18", "1.041", "1.183", "0.664", 0),
        (2026, "01112", "CA", "75", "1.017", "1.096", "0.536", 1),
    ]
    assert (table.source, table.edition, table.complete) == ("GPCI2026.csv", "2026", True)
    assert result.changed == ("gpci",)


def test_loading_twice_changes_no_byte(sources: Path, folder: Path) -> None:
    rvu(sources, "PPRRVU2025_Oct.csv", official.VISIT_2025)
    write(sources, "icd10cm_order_2026.txt", official.ICD_2026)
    write(sources, "ANES2025.csv", official.ANESTHESIA_2025)
    load_folder(sources, folder, NOW)
    before = contents(folder)
    load_folder(sources, folder, LATER)
    assert contents(folder) == before


def test_years_come_together_in_one_load_or_in_two(sources: Path, folder: Path, tmp_path: Path) -> None:
    rvu(sources, "PPRRVU2025_Oct.csv", official.VISIT_2025)
    load_folder(sources, folder, NOW)
    assert years(folder) == [2025]
    rvu(tmp_path / "next", "PPRRVU2026_Jul_nonQPP.csv", official.VISIT_2026)
    load_folder(tmp_path / "next", folder, LATER)
    assert years(folder) == [2025, 2026]
    rvu(sources, "PPRRVU2026_Jul_nonQPP.csv", official.VISIT_2026)
    at_once = tmp_path / "at_once"
    load_folder(sources, at_once, LATER)
    assert ReferenceLibrary.open(at_once).version == ReferenceLibrary.open(folder).version


def test_a_year_is_replaced_by_the_year_that_is_loaded_next(sources: Path, folder: Path, tmp_path: Path) -> None:
    rvu(sources, "PPRRVU2026_Apr_nonQPP.csv", official.VISIT_2026, official.COLONOSCOPY_2026)
    load_folder(sources, folder, NOW)
    rvu(tmp_path / "next", "PPRRVU2026_Jul_nonQPP.csv", official.VISIT_2026)
    load_folder(tmp_path / "next", folder, LATER)
    table = ReferenceLibrary.open(folder).find("fee_schedule")
    assert table is not None
    assert (table.frame["hcpcs"].to_list(), table.edition) == (["99213"], "2026C")


def test_the_latest_edition_of_a_year_holds(sources: Path, folder: Path) -> None:
    rvu(sources, "PPRRVU2026_Jul_nonQPP.csv", official.VISIT_2026)
    rvu(sources, "PPRRVU2026_Apr_nonQPP.csv", official.VISIT_2026.replace("1.46", "9.99"))
    result = load_folder(sources, folder, NOW)
    assert outcomes(result) == {"PPRRVU2026_Apr_nonQPP.csv": "superseded", "PPRRVU2026_Jul_nonQPP.csv": "loaded"}
    assert ReferenceLibrary.open(folder).frame("fee_schedule")["nonfac_pe_rvu"].to_list() == ["1.46"]


def test_the_file_for_advanced_payment_models_is_known_and_not_used(sources: Path, folder: Path) -> None:
    rvu(sources, "PPRRVU2026_Jul_nonQPP.csv", official.VISIT_2026)
    rvu(sources, "PPRRVU2026_Jul_QPP.csv", official.VISIT_2026.replace("33.4009", "33.5675"))
    result = load_folder(sources, folder, NOW)
    assert outcomes(result) == {"PPRRVU2026_Jul_QPP.csv": "not_used", "PPRRVU2026_Jul_nonQPP.csv": "loaded"}
    assert ReferenceLibrary.open(folder).frame("fee_schedule")["conv_factor"].to_list() == ["33.4009"]


def test_unknown_files_are_told_and_harm_nothing(sources: Path, folder: Path) -> None:
    write(sources, "GPCI2026.csv", official.GPCI_2026)
    for name in ("notes.txt", "rvu26c.zip", "GPCI2026.xlsx", ".hidden.csv"):
        write(sources, name, "whatever")
    result = load_folder(sources, folder, NOW)
    assert outcomes(result) == {
        "GPCI2026.csv": "loaded",
        "GPCI2026.xlsx": "unknown",
        "notes.txt": "unknown",
        "rvu26c.zip": "unknown",
    }
    told = {file.file: file.message for file in result.files}
    assert "unpack" in told["rvu26c.zip"]
    assert "CSV" in told["GPCI2026.xlsx"]


def test_a_folder_without_a_known_file_makes_no_folder(sources: Path, folder: Path) -> None:
    write(sources, "notes.txt", "whatever")
    assert load_folder(sources, folder, NOW).changed == ()
    assert not folder.exists()


def test_a_wrong_file_keeps_its_table_as_it_was_and_no_other(sources: Path, folder: Path) -> None:
    write(sources, "GPCI2026.csv", official.GPCI_2026)
    rvu(sources, "PPRRVU2025_Oct.csv", official.VISIT_2025)
    load_folder(sources, folder, NOW)
    rvu(sources, "PPRRVU2025_Oct.csv", official.VISIT_2025.replace("1.35", "1.99"))
    rvu(sources, "PPRRVU2026_Jul_nonQPP.csv", official.VISIT_2026.replace("1.46", "1,46"))
    write(sources, "GPCI2026.csv", official.GPCI_2026.replace("2.529", "2.530").replace("0.566", "0.567"))
    result = load_folder(sources, folder, LATER)
    assert outcomes(result) == {
        "GPCI2026.csv": "loaded",
        "PPRRVU2025_Oct.csv": "refused",
        "PPRRVU2026_Jul_nonQPP.csv": "refused",
    }
    library = ReferenceLibrary.open(folder)
    assert library.frame("fee_schedule")["nonfac_pe_rvu"].to_list() == ["1.35"]
    assert "0.567" in library.frame("gpci")["mp_gpci"]


def test_a_load_that_dies_before_its_end_leaves_what_was(
    sources: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rvu(sources, "PPRRVU2025_Oct.csv", official.VISIT_2025)
    load_folder(sources, folder, NOW)
    version = ReferenceLibrary.open(folder).version
    rvu(sources, "PPRRVU2025_Oct.csv", official.VISIT_2025.replace("1.35", "1.99"))

    def dies(*_: object) -> None:
        message = "no power"
        raise RuntimeError(message)

    with monkeypatch.context() as patch:
        patch.setattr(reference.store, "_write_manifest", dies)
        with pytest.raises(RuntimeError):
            load_folder(sources, folder, LATER)
    library = ReferenceLibrary.open(folder)
    assert library.version == version
    assert library.frame("fee_schedule")["nonfac_pe_rvu"].to_list() == ["1.35"]
    load_folder(sources, folder, LATER)
    assert ReferenceLibrary.open(folder).frame("fee_schedule")["nonfac_pe_rvu"].to_list() == ["1.99"]


def test_a_library_that_is_open_can_still_read_after_a_load(sources: Path, folder: Path) -> None:
    rvu(sources, "PPRRVU2025_Oct.csv", official.VISIT_2025)
    load_folder(sources, folder, NOW)
    opened_before = ReferenceLibrary.open(folder)
    rvu(sources, "PPRRVU2025_Oct.csv", official.VISIT_2025.replace("1.35", "1.99"))
    load_folder(sources, folder, LATER)
    assert opened_before.frame("fee_schedule")["nonfac_pe_rvu"].to_list() == ["1.35"]


def test_files_of_older_loads_are_removed(sources: Path, folder: Path) -> None:
    for figure in ("1.35", "1.36", "1.37", "1.38"):
        rvu(sources, "PPRRVU2025_Oct.csv", official.VISIT_2025.replace("1.35", figure))
        load_folder(sources, folder, NOW)
    assert len(list(folder.glob("fee_schedule-*.parquet"))) == 2


def test_the_folder_of_tables_may_lie_in_the_folder_of_sources(sources: Path) -> None:
    write(sources, "GPCI2026.csv", official.GPCI_2026)
    for _ in range(2):
        result = load_folder(sources, sources / "tables", NOW)
    assert outcomes(result) == {"GPCI2026.csv": "loaded"}


def test_the_manifest_names_files_hashes_editions_and_days(sources: Path, folder: Path) -> None:
    path = write(sources, "GPCI2026.csv", official.GPCI_2026)
    load_folder(sources, folder, NOW)
    entry = json.loads((folder / "manifest.json").read_text())["tables"]["gpci"]
    (piece,) = entry["pieces"]
    (source,) = piece["sources"]
    assert source == {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "rows": 3,
    }
    assert (entry["rows"], entry["loaded_at"]) == (3, "2026-11-23T12:00:00+00:00")
    assert (piece["edition"], piece["effective_from"], piece["effective_to"]) == ("2026", "2026-01-01", "2026-12-31")


def test_a_damaged_table_is_told_by_name_and_loading_again_heals_it(sources: Path, folder: Path) -> None:
    write(sources, "GPCI2026.csv", official.GPCI_2026)
    load_folder(sources, folder, NOW)
    (stored,) = folder.glob("gpci-*.parquet")
    stored.write_bytes(stored.read_bytes()[:-1])
    library = ReferenceLibrary.open(folder)
    assert not library.frame("pos_codes").is_empty()
    with pytest.raises(ReferenceDataError, match=r"gpci-.*reference load"):
        library.frame("gpci")
    load_folder(sources, folder, LATER)
    assert ReferenceLibrary.open(folder).frame("gpci").height == 3


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"format": 99, "tables": {}}', '{"format": 1, "tables": {"gpci": {}}}']
)
def test_a_manifest_that_is_none_is_refused(folder: Path, content: str) -> None:
    write(folder, "manifest.json", content)
    with pytest.raises(ReferenceDataError, match=r"manifest\.json"):
        ReferenceLibrary.open(folder)


def test_fiscal_years_follow_each_other_over_two_loads(sources: Path, folder: Path, tmp_path: Path) -> None:
    write(
        sources, "icd10cm_order_2025.txt", official.ICD_2026.replace("B8801", "B880 ").replace("B880    0", "B88     0")
    )
    load_folder(sources, folder, NOW)
    write(tmp_path / "next", "icd10cm_order_2026.txt", official.ICD_2026)
    load_folder(tmp_path / "next", folder, LATER)
    table = ReferenceLibrary.open(folder).find("icd10cm")
    assert table is not None
    spans = table.frame.select("code", "valid_from", "valid_to").rows()
    assert spans == [
        ("A000", date(2024, 10, 1), date(9999, 12, 31)),
        ("B880", date(2024, 10, 1), date(2025, 9, 30)),
        ("B8801", date(2025, 10, 1), date(9999, 12, 31)),
        ("E119", date(2024, 10, 1), date(9999, 12, 31)),
    ]
    assert (table.edition, table.effective_to) == ("FY2025, FY2026", date(2026, 9, 30))


def test_order_files_take_the_edits_of_a_file_that_has_them(sources: Path, folder: Path) -> None:
    header = "code,valid_from,valid_to,age_edit,sex_edit,manifestation,external_cause,unacceptable_principal,"
    header += "unspecified_edit"
    rows = [
        "A000,2015-10-01,9999-12-31,A,,0,0,1,0",
        "B880,2015-10-01,9999-12-31,,,0,0,0,0",
        "E119,2015-10-01,,,,0,0,0,0",
    ]
    write(sources, "icd10cm.csv", "\n".join([header, *rows, ""]))
    write(sources, "icd10cm_order_2026.txt", official.ICD_2026)
    load_folder(sources, folder, NOW)
    frame = ReferenceLibrary.open(folder).frame("icd10cm")
    columns = ("code", "valid_from", "valid_to", "age_edit", "unacceptable_principal")
    assert frame.select(columns).rows() == [
        ("A000", date(2015, 10, 1), date(9999, 12, 31), "A", True),
        ("B880", date(2015, 10, 1), date(2025, 9, 30), None, False),
        ("B8801", date(2025, 10, 1), date(9999, 12, 31), None, None),
        ("E119", date(2015, 10, 1), date(9999, 12, 31), None, False),
    ]


def test_every_table_can_be_given_in_its_own_columns(sources: Path, folder: Path) -> None:
    starter = ReferenceLibrary.starter()
    for name in starter.origins:
        sources.mkdir(exist_ok=True)
        starter.frame(name).with_columns(pl.col(pl.Boolean).cast(pl.Int8)).write_csv(sources / f"{name}.csv")
    result = load_folder(sources, folder, NOW)
    assert set(outcomes(result).values()) == {"loaded"}
    library = ReferenceLibrary.open(folder)
    for name in starter.origins:
        key = list(TABLES[name].key)
        assert library.frame(name).sort(key).equals(starter.frame(name).sort(key)), name
