"""Files in the official layouts become rows of our tables; descriptions stay behind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from reference.library import ReferenceLibrary, ReferenceTable
from reference.loading import load_folder
from tests.unit.reference import official_files as official
from tests.unit.reference.official_files import write

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def loaded(tmp_path: Path, table: str, files: Mapping[str, str]) -> ReferenceTable:
    """Load files by name and return a table."""
    for name, content in files.items():
        write(tmp_path / "in", name, content)
    result = load_folder(tmp_path / "in", tmp_path / "out", NOW)
    assert [file.outcome for file in result.files] == ["loaded"] * len(files), result.files
    found = ReferenceLibrary.open(tmp_path / "out").find(table)
    assert found is not None
    return found


def only(table: ReferenceTable, *columns: str, **where: object) -> tuple[object, ...]:
    return table.frame.filter(**where).select(columns).row(0)


FIGURES = (
    "work_rvu",
    "nonfac_pe_rvu",
    "fac_pe_rvu",
    "mp_rvu",
    "nonfac_total",
    "fac_total",
    "pricing_ind",
    "conv_factor",
)


def test_relative_values_of_2025_have_no_pricing_indicator(tmp_path: Path) -> None:
    content = official.PREAMBLE_2025 + official.VISIT_2025 + "\n"
    table = loaded(tmp_path, "fee_schedule", {"PPRRVU2025_Oct.csv": content})
    assert only(table, *FIGURES, hcpcs="99213") == ("1.30", "1.35", "0.57", "0.10", "2.75", "1.97", None, "32.3465")
    assert (table.edition, table.complete) == ("2025D", True)
    assert (table.effective_from, table.effective_to) == (date(2025, 1, 1), date(2025, 12, 31))


def test_relative_values_of_2026_have_one(tmp_path: Path) -> None:
    content = "\n".join([official.PREAMBLE_2026 + official.VISIT_2026, official.COLONOSCOPY_2026, ""])
    table = loaded(tmp_path, "fee_schedule", {"PPRRVU2026_Jul_nonQPP.csv": content})
    assert only(table, *FIGURES, hcpcs="99213") == ("1.30", "1.46", "0.33", "0.09", "2.85", "1.72", "9", "33.4009")
    assert only(table, "year", "modifier", "mult_proc", "asst_surg", hcpcs="45378") == (2026, "53", "2", "1")
    assert table.edition == "2026C"


def test_the_fixed_width_form_says_the_same(tmp_path: Path) -> None:
    table = loaded(tmp_path, "fee_schedule", {"PPRRVU2026_Apr_nonQPP.txt": official.FIXED_2026})
    assert only(table, *FIGURES, hcpcs="45385") == ("4.46", "10.00", "1.72", "0.51", "14.97", "6.69", "9", "33.4009")
    assert only(table, "endo_base", "mult_proc", "modifier", hcpcs="45385") == ("45378", "3", "")
    share = ("nonfac_na", "fac_na", "global_days", "pre_op_pct", "intra_op_pct", "post_op_pct", "co_surg", "team_surg")
    assert only(table, *share, hcpcs="45395") == ("NA", None, "090", "0.09", "0.81", "0.10", "1", "0")
    imaging = ("modifier", "fac_na", "pctc_ind", "phys_supervision", "diag_imaging_family", "opps_fac_pe", "opps_mp")
    assert only(table, *imaging, hcpcs="70450") == ("TC", "NA", "1", "01", "88", "3.18", "0.02")


def test_no_description_is_stored(tmp_path: Path) -> None:
    files = {"PPRRVU2026_Apr_nonQPP.txt": official.FIXED_2026, "HCPC2026_JUL_ANWEB.txt": official.HCPCS_FIXED}
    loaded(tmp_path, "hcpcs", files)
    library = ReferenceLibrary.open(tmp_path / "out")
    stored = "".join(library.frame(name).write_csv() for name in ("fee_schedule", "hcpcs"))
    assert "Own words" not in stored


def test_indices_are_those_with_the_floor(tmp_path: Path) -> None:
    table = loaded(tmp_path, "gpci", {"GPCI2026.csv": official.GPCI_2026, "GPCI2025.csv": official.GPCI_2025})
    figures = ("work_gpci", "pe_gpci", "mp_gpci", "state_default")
    assert only(table, *figures, state="AL", year=2026) == ("1.000", "0.875", "0.566", 1)
    assert only(table, "locality", *figures, state="AL", year=2025) == ("00", "1", "0.869", "0.575", 1)
    california = table.frame.filter(state="CA").sort("locality")
    assert california["state_default"].to_list() == [0, 1]
    assert table.frame.height == 4


def test_the_index_with_the_floor_is_told_by_its_title_not_by_its_place(tmp_path: Path) -> None:
    with_first = (
        official.GPCI_2026.replace("without", "WITH").replace("with 1.0", "without 1.0").replace("WITH", "with")
    )
    table = loaded(tmp_path, "gpci", {"GPCI2026.csv": with_first})
    assert only(table, "work_gpci", state="AL") == ("0.988",)


def test_anesthesia_factors_find_their_state_and_replace_their_period_of_the_starter_rows(tmp_path: Path) -> None:
    table = loaded(tmp_path, "anesthesia_factors", {"ANES2025.csv": official.ANESTHESIA_2025})
    of_2025 = table.frame.filter(pl.col("effective_from") == date(2025, 1, 1))
    assert of_2025.select("state", "conversion_factor", "derived").rows() == [
        ("AK", "27.86", False),
        ("AL", "19.31", False),
        ("US", "20.3178", False),
    ]
    assert not table.frame.filter(pl.col("effective_from") == date(2024, 3, 9)).is_empty()
    assert "starter" in table.source
    assert not table.complete


def test_anesthesia_factors_of_2026_come_by_basis(tmp_path: Path) -> None:
    table = loaded(tmp_path, "anesthesia_factors", {"ANES2026.csv": official.ANESTHESIA_2026})
    rows = table.frame.filter(pl.col("effective_from") == date(2026, 1, 1), pl.col("state") == "AL", ~pl.col("derived"))
    assert dict(rows.select("basis", "conversion_factor").rows()) == {"APM": "19.60", "NON_APM": "19.50"}


@pytest.mark.parametrize(
    ("national", "period"),
    [("20.4349", (date(2024, 1, 1), date(2024, 3, 8))), ("20.7739", (date(2024, 3, 9), date(2024, 12, 31)))],
)
def test_the_national_factor_tells_which_part_of_2024_a_file_is_for(
    tmp_path: Path, national: str, period: tuple[date, date]
) -> None:
    content = f"Contractor,Locality,Locality Name,National Anes CF of {national}\n10112,00,ALABAMA,19.77\n"
    table = loaded(tmp_path, "anesthesia_factors", {"ANES2024.csv": content})
    row = table.frame.filter(pl.col("effective_from") == period[0])
    assert row.select("effective_from", "effective_to", "state").rows() == [(*period, "AL"), (*period, "US")]


def test_capped_prices_take_the_year_of_their_folder(tmp_path: Path) -> None:
    write(tmp_path / "in" / "rvu25d_0", "OPPSCAP_Oct.csv", official.CAP_2025)
    load_folder(tmp_path / "in", tmp_path / "out", NOW)
    frame = ReferenceLibrary.open(tmp_path / "out").frame("opps_cap")
    assert frame.select("year", "hcpcs", "modifier", "nonfacility_price").rows() == [
        (2025, "0633T", "TC", "150.69"),
        (2025, "72191", "", "210.05"),
    ]


def test_code_pairs_have_their_days_and_withdrawn_ones_are_left_out(tmp_path: Path) -> None:
    table = loaded(tmp_path, "ncci_ptp", {"ccipra-v320r0-f1.TXT": official.PAIRS})
    assert table.frame.rows() == [
        ("practitioner", "45385", "45378", 0, date(1996, 1, 1), None, 9),
        ("practitioner", "45385", "45380", 1, date(2001, 1, 1), date(2025, 12, 31), 6),
    ]
    assert table.edition == "2026-01-01"


@pytest.mark.parametrize(("version", "edition"), [("v302r0", "2024-07-01"), ("v323r1", "2026-10-01")])
def test_the_version_of_code_pairs_is_a_quarter(tmp_path: Path, version: str, edition: str) -> None:
    assert loaded(tmp_path, "ncci_ptp", {f"ccipra-{version}-f1.TXT": official.PAIRS}).edition == edition


def test_the_files_of_one_edition_are_one_table(tmp_path: Path) -> None:
    second = official.PAIRS.replace("45385\t45378", "93000\t93005")
    first = official.PAIRS
    files = {"ccipra-v320r0-f1.TXT": first, "ccipra-v320r0-f2.TXT": second, "ccioph-v320r0-f1.TXT": first}
    table = loaded(tmp_path, "ncci_ptp", files)
    assert table.frame.group_by("setting").len().sort("setting").rows() == [("hospital", 2), ("practitioner", 3)]


def test_unit_limits_know_their_service_by_their_title(tmp_path: Path) -> None:
    name = "MCR_MUE_{}_Eff_01-01-2026.csv"
    table = loaded(
        tmp_path,
        "ncci_mue",
        {
            name.format("PractitionerServices"): official.LIMITS_PRACTITIONER,
            name.format("OutpatientHospitalServices"): official.LIMITS_HOSPITAL,
        },
    )
    assert table.frame.rows() == [
        ("hospital", "97110", 8, 3),
        ("practitioner", "97110", 6, 3),
        ("practitioner", "99213", 2, 3),
    ]
    assert (table.edition, table.effective_to) == ("2026-01-01", date(2026, 3, 31))


def test_add_on_codes_end_with_the_first_of_their_three_deletions(tmp_path: Path) -> None:
    table = loaded(tmp_path, "ncci_addon", {"AOC_V2026Q2-MCR.csv": official.ADDONS})
    assert table.frame.rows() == [
        ("11045", "11042", 1, date(2013, 4, 1), date(2026, 4, 1)),
        ("99292", "99291", 1, date(2013, 4, 1), None),
        ("99417", "CCCCC", 2, date(2021, 1, 1), date(2025, 12, 31)),
    ]
    assert table.edition == "2026-04-01"


@pytest.mark.parametrize(
    ("name", "content"), [("HCPC2026_JUL_ANWEB.txt", official.HCPCS_FIXED), ("HCPC2026_JUL.csv", official.HCPCS_CSV)]
)
def test_level_two_codes_are_procedures_with_their_days(tmp_path: Path, name: str, content: str) -> None:
    table = loaded(tmp_path, "hcpcs", {name: content})
    columns = ("hcpcs", "valid_from", "valid_to", "coverage", "multiple_pricing_ind")
    assert table.frame.select(columns).rows() == [
        ("G0202", date(2001, 4, 1), date(2017, 12, 31), "C", "A"),
        ("J1885", date(1997, 1, 1), date(9999, 12, 31), "D", "A"),
    ]
    assert (table.edition, table.effective_from, table.effective_to) == ("2026-07", date(2026, 7, 1), date(2026, 9, 30))


def test_places_keep_the_rate_that_we_know_them_by(tmp_path: Path) -> None:
    table = loaded(tmp_path, "pos_codes", {"place-of-service-codes.csv": official.PLACES})
    assert table.frame.rows() == [("01", "Pharmacy", "NF", 1), ("11", "Office", "NF", 1)]


def test_reasons_keep_our_labels_and_none_of_the_published_text(tmp_path: Path) -> None:
    table = loaded(tmp_path, "carc", {"CARC-list.csv": official.REASONS})
    rows = table.frame.sort("code").select("code", "label", "valid_from", "valid_to").rows()
    assert rows == [
        ("1", "Deductible", date(1995, 1, 1), date(9999, 12, 31)),
        ("15", None, date(1995, 1, 1), date(2017, 7, 1)),
        ("9999", None, date(2026, 11, 1), date(9999, 12, 31)),
    ]


def test_remarks_do_too(tmp_path: Path) -> None:
    table = loaded(tmp_path, "rarc", {"RARC.csv": official.REMARKS})
    assert only(table, "label", "valid_from", code="N362") == ("Units above the accepted maximum", date(2005, 11, 18))


def test_an_order_file_gives_billable_codes_from_the_start_of_its_fiscal_year(tmp_path: Path) -> None:
    table = loaded(tmp_path, "icd10cm", {"icd10cm_order_2026.txt": official.ICD_2026})
    assert table.frame["code"].to_list() == ["A000", "B8801", "E119"]
    assert set(table.frame["valid_from"]) == {date(2025, 10, 1)}
    assert (table.edition, table.effective_from, table.effective_to) == ("FY2026", date(2025, 10, 1), date(2026, 9, 30))


def test_an_april_update_holds_from_april(tmp_path: Path) -> None:
    table = loaded(tmp_path, "icd10cm", {"icd10cm_order_april_2026.txt": official.ICD_2026})
    assert set(table.frame["valid_from"]) == {date(2026, 4, 1)}
