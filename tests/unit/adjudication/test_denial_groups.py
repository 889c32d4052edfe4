"""The mapping of reason codes to root causes: complete, consistent, refused when wrong."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from processors.adjudication.denial_groups import (
    DENIAL_GROUPS,
    SHIPPED_GROUPS,
    UNMAPPED,
    CarcGroups,
    NotDenial,
)
from processors.config_file import ConfigFileError
from tests.shared_data import shared

GROUPS = CarcGroups.shipped()
HEADER = "carc,rarc,group,owner,overturn_prior,not_a_denial,remark_refines,core_scenario,label\n"


@pytest.mark.parametrize(
    ("codes", "group"),
    [
        ("26 27 31 32 33 177 200", "eligibility"),
        ("19 20 21 22 109", "coordination_of_benefits"),
        ("15 39 197 198 243 284 287 288 296", "authorization"),
        ("16 206 207 208 226 227 252 A1", "missing_information"),
        ("4 5 6 7 8 9 10 11 12 146 181 182 199", "coding"),
        ("97 231 234 236 B15", "bundling"),
        ("50 55 56 150 151 152", "medical_necessity"),
        ("35 49 96 119 149 204", "non_covered"),
        ("29", "timely_filing"),
        ("18 B13", "duplicate"),
        ("170 171 183 184 185 242 B7", "enrolment"),
    ],
)
def test_codes_of_a_root_cause_share_its_group(codes: str, group: str) -> None:
    assert {code: GROUPS.group_of(code).group for code in codes.split()} == dict.fromkeys(codes.split(), group)


@pytest.mark.parametrize(
    "code", ["1", "2", "3", "66", "45", "253", "104", "105", "144", "23", "24", "59", "100", "131"]
)
def test_a_share_of_the_patient_a_contract_or_a_withholding_is_no_denial(code: str) -> None:
    found = GROUPS.group_of(code)
    assert not found.is_denial
    assert found.group in set(NotDenial)


def test_every_active_code_of_the_current_list_is_mapped_and_every_mapped_code_exists() -> None:
    with shared("reference/carc.csv").open(encoding="utf-8") as lines:
        listed = {row["code"]: row["active"] for row in csv.DictReader(lines)}
    assert {code for code, active in listed.items() if active == "1"} <= set(GROUPS.by_code)
    assert set(GROUPS.by_code) <= set(listed)


def test_every_mapped_remark_code_is_in_force() -> None:
    with shared("reference/rarc.csv").open(encoding="utf-8") as lines:
        in_force = {row["code"] for row in csv.DictReader(lines) if not row["end_date"]}
    assert set(GROUPS.by_remark) <= in_force


def test_the_first_remark_that_says_more_refines_a_catch_all_code() -> None:
    assert GROUPS.group_of("16").group == "missing_information"
    assert GROUPS.group_of("16", ["MA130", "M62", "M51"]).group == "authorization"
    assert GROUPS.group_of("A1", ["M51"]).group == "coding"


def test_a_remark_leaves_a_code_that_speaks_for_itself_alone() -> None:
    assert GROUPS.group_of("29", ["M51"]).group == "timely_filing"
    assert not GROUPS.group_of("45", ["M51"]).is_denial


def test_an_unknown_code_is_unmapped_and_taken_for_a_denial() -> None:
    found = GROUPS.group_of("Z99", ["M51"])
    assert found.group == UNMAPPED
    assert found.is_denial


def test_every_denial_group_has_an_owner_a_prior_and_a_scenario() -> None:
    denials = [group for group in GROUPS.by_code.values() if group.is_denial]
    assert {group.group for group in denials} == set(DENIAL_GROUPS)
    assert all(group.owner and 0 < group.overturn_prior <= 1 and group.core_scenario for group in denials)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("16,,nowhere,billing,0.5,0,0,,x", "nowhere"),
        ("16,,coding,billing,1.5,0,0,,x", "overturn_prior"),
        ("16,,coding,billing,0.5,yes,0,,x", "neither 0 nor 1"),
        (",,coding,billing,0.5,0,0,,x", "names no code"),
        ("16,,coding,billing,0.5,0,0,elsewhere,x", "scenario"),
        ("16,,coding,billing,0.5,0,0,,x\n16,,coding,billing,0.5,0,0,,x", "twice"),
        ("16,,coding", "lacks"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line_and_reason(tmp_path: Path, row: str, reason: str) -> None:
    file = tmp_path / "groups.csv"
    file.write_text(HEADER + row + "\n", encoding="utf-8")
    with pytest.raises(ConfigFileError, match=reason) as refused:
        CarcGroups.load(file)
    assert "line " in str(refused.value)


def test_the_shipped_file_holds_each_code_once() -> None:
    with SHIPPED_GROUPS.open(encoding="utf-8") as lines:
        keys = [(row["carc"], row["rarc"]) for row in csv.DictReader(lines)]
    assert len(keys) == len(set(keys))
