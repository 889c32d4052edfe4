"""A wrong file is answered with its name, the line, the column, and what to do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from reference.loading import FileOutcome, load_folder
from tests.unit.reference import official_files as official
from tests.unit.reference.official_files import write

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

VISIT = official.PREAMBLE_2025 + official.VISIT_2025 + "\n"


def refusal(tmp_path: Path, name: str, content: str) -> str:
    """Return the answer to a file that has to be refused."""
    write(tmp_path / "in", name, content)
    (file,) = load_folder(tmp_path / "in", tmp_path / "out", NOW).files
    assert file.outcome == "refused", file
    assert not (tmp_path / "out").exists()
    return file.message


@pytest.mark.parametrize(
    ("name", "content", "answer"),
    [
        (
            "PPRRVU2025_Oct.csv",
            VISIT.replace("A,,1.30", "A,,1.3O"),
            "PPRRVU2025_Oct.csv, line 5: work_rvu is '1.3O', which is not a decimal number.",
        ),
        (
            "PPRRVU2025_Oct.csv",
            VISIT.replace("99213,,", "9921,,"),
            "PPRRVU2025_Oct.csv, line 5: hcpcs is '9921', which is not a CPT or HCPCS code of five characters.",
        ),
        (
            "PPRRVU2025_Oct.csv",
            VISIT + official.VISIT_2025 + "\n",
            "PPRRVU2025_Oct.csv, line 6: the key 2025 99213 - of the table fee_schedule stands there",
        ),
        (
            "PPRRVU2025_Oct.csv",
            VISIT + "45378,,cut",
            "PPRRVU2025_Oct.csv, line 6: the record has fewer fields than the header has titles.",
        ),
        (
            "MCR_MUE_OutpatientHospitalServices.csv",
            official.LIMITS_HOSPITAL + "99213",
            "MCR_MUE_OutpatientHospitalServices.csv, line 3: max_units is empty.",
        ),
        ("PPRRVU_Oct.csv", VISIT, "PPRRVU_Oct.csv does not say its year."),
        (
            "PPRRVU2026_Apr_nonQPP.txt",
            official.FIXED_2026.replace("  4.46", "  4_46"),
            "PPRRVU2026_Apr_nonQPP.txt, line 3: work_rvu is '4_46', which is not a decimal number.",
        ),
        (
            "GPCI2026.csv",
            official.GPCI_2026.replace("1.041,1.183", "1.041,n/a"),
            "GPCI2026.csv, line 5: pe_gpci is 'n/a', which is not a decimal number.",
        ),
        (
            "ANES2025.csv",
            official.ANESTHESIA_2025.replace("02102,01", "02102,77"),
            "ANES2025.csv, line 3: locality 77 of contractor 02102 is not known.",
        ),
        (
            "ccipra-v320r0-f1.TXT",
            official.PAIRS.replace("20010101", "20011301"),
            "ccipra-v320r0-f1.TXT, line 8: effective_from is '20011301', which is not a date YYYY-MM-DD.",
        ),
        (
            "MCR_MUE_OutpatientHospitalServices.csv",
            official.LIMITS_HOSPITAL.replace(",8,", ",many,"),
            "MCR_MUE_OutpatientHospitalServices.csv, line 2: max_units is 'many', which is not a whole number.",
        ),
        (
            "HCPC2026_JUL_ANWEB.txt",
            official.HCPCS_FIXED.replace("19970101", "1997JAN1"),
            "HCPC2026_JUL_ANWEB.txt, line 4: valid_from is '1997JAN1', which is not a date YYYY-MM-DD.",
        ),
        ("icd10cm_order.txt", official.ICD_2026, "icd10cm_order.txt does not say its fiscal year."),
        ("GPCI2026.csv", "no,header,here\n", "GPCI2026.csv has the name of"),
        ("carc.csv", "code,label\n1,Own words\n", "carc.csv has the name of carc in our columns, but not its header."),
        ("payers.csv", ",".join(["payer_id,label,payer_type,plan_type,timely_filing_days\n"]), "payers.csv"),
    ],
)
def test_the_answer_says_where_and_what(tmp_path: Path, name: str, content: str, answer: str) -> None:
    message = refusal(tmp_path, name, content)
    assert message.startswith(answer)
    assert message.count(".") > answer.count(".")  # and says what to do


def test_of_a_parquet_file_the_row_is_told(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    frame = pl.DataFrame(
        {"zip": ["00501", "0O544"], "state": "NY", "county": "Suffolk", "mac": "13202", "locality": "02"}
    )
    frame.with_columns(basis=pl.lit("county")).write_parquet(tmp_path / "in" / "zip_locality.parquet")
    (file,) = load_folder(tmp_path / "in", tmp_path / "out", NOW).files
    assert file.message.startswith("zip_locality.parquet, row 2: zip is '0O544', which is not digits.")


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"\xff\xfe\x00", b"PAR1 and nothing else"])
@pytest.mark.parametrize(
    "name",
    ["ncci_ptp_hospital.parquet", "icd10cm.csv", "PPRRVU2026.txt", "HCPC2026_JUL_ANWEB.txt", "icd10cm_order_2026.txt"],
)
def test_rubbish_is_refused_and_never_a_crash(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(content)
    (file,) = load_folder(tmp_path / "in", tmp_path / "out", NOW).files
    assert (file.outcome, bool(file.message)) == ("refused", True)


def test_older_files_in_the_windows_code_page_are_read(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    text = official.GPCI_2026.replace("ALABAMA", "ALABAMA \u2019")
    (tmp_path / "in" / "GPCI2026.csv").write_bytes(text.encode("cp1252"))
    assert outcome_of(tmp_path).outcome == "loaded"


def test_a_byte_order_mark_and_line_ends_of_windows_are_read(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, text in (("GPCI2026.csv", official.GPCI_2026), ("PPRRVU2026_Apr_nonQPP.txt", official.FIXED_2026)):
        (tmp_path / "in" / name).write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    result = load_folder(tmp_path / "in", tmp_path / "out", NOW)
    assert [(file.outcome, file.rows) for file in result.files] == [("loaded", 3), ("loaded", 3)]


def outcome_of(tmp_path: Path) -> FileOutcome:
    (file,) = load_folder(tmp_path / "in", tmp_path / "out", NOW).files
    return file
