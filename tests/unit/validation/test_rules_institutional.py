"""Edits of institutional and dental claims over combinations: bills, stays, rooms, teeth and surfaces."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.validation import RuleCatalogue, validate
from processors.validation.catalogue import CATALOGUE_FOLDER
from processors.validation.columns.dental_codes import SURFACES
from processors.validation.columns.forms import expand
from processors.validation.derive import derive
from processors.validation.examples import example_batch
from reference.library import ReferenceLibrary

LIBRARY = ReferenceLibrary.starter().as_if_complete()
PACKS = ("institutional", "bill_codes", "stays", "revenue", "dental", "dental_services")
CATALOGUE = RuleCatalogue.load([CATALOGUE_FOLDER / f"{pack}.yaml" for pack in PACKS], library=LIBRARY)
FIRST = date(2026, 6, 1)

STAY: dict[str, Any] = {
    "claim_type": "institutional",
    "type_of_bill": "0111",
    "admitted_on": FIRST,
    "statement_from": FIRST,
    "statement_to": date(2026, 6, 4),
    "discharge_hour": "1100",
    "drg_code": "470",
    "operating_npi": "1245319599",
    "procedures": [{"code": "0SRC0J9", "performed_on": date(2026, 6, 2)}],
    "value_codes": [{"code": "80", "amount_cents": 300}],
}
ROOM: dict[str, Any] = {"revenue_code": "0120", "procedure_code": None, "units": 3.0, "unit_basis": "DA"}
THEATRE: dict[str, Any] = {"revenue_code": "0360", "procedure_code": None}


def fired(**changes: Any) -> set[str]:
    """Return the rules that a claim fires."""
    return set(validate(example_batch([changes]), CATALOGUE).findings["rule_id"])


def test_a_good_stay_has_no_finding() -> None:
    assert fired(**STAY, payer_type="medicare", lines=[ROOM, THEATRE]) == set()


def test_a_good_dental_treatment_has_no_finding() -> None:
    filling = {"procedure_code": "D2392", "tooth_codes": ["19"], "tooth_surfaces": ["M", "O"]}
    scaling = {"procedure_code": "D4341", "oral_cavity_codes": ["30"]}
    root = {"procedure_code": "D3310", "tooth_codes": ["8"]}
    assert fired(claim_type="dental", attachment_count=1, lines=[{}, filling, scaling, root]) == set()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"lines": [{**ROOM, "units": 4.0}]}, {"STA003"}),
        ({"lines": [{**ROOM, "units": 1.0}, {**ROOM, "revenue_code": "0200"}]}, {"STA003"}),
        ({"lines": [{**ROOM, "units": 2.0}]}, {"STA004"}),
        ({"lines": [{**ROOM, "unit_basis": "UN"}]}, {"REV004"}),
        ({"lines": [ROOM], "patient_status": "30"}, {"INS016", "STA004"}),
        ({"lines": [ROOM], "patient_status": "30", "type_of_bill": "0112", "frequency_code": "2"}, {"STA004"}),
        ({"lines": [ROOM], "type_of_bill": "0131"}, {"REV003", "STA009", "STA013"}),
        ({"lines": [ROOM], "type_of_bill": "0211"}, set()),
        ({"lines": [ROOM], "value_codes": [{"code": "80", "amount_cents": 400}]}, {"STA006"}),
        ({"lines": [ROOM], "procedures": []}, set()),
        ({"lines": [ROOM, THEATRE], "procedures": []}, {"STA015"}),
        ({"lines": [ROOM], "operating_npi": None}, {"STA014"}),
        ({"lines": [ROOM], "admission_type": "4", "admission_source": "5"}, {"INS024"}),
        ({"lines": [ROOM], "frequency_code": "7", "type_of_bill": "0117", "payer_type": "medicare"}, {"INS028"}),
    ],
)
def test_one_change_of_a_good_stay_fires_what_it_breaks(changes: dict[str, Any], expected: set[str]) -> None:
    assert fired(**{**STAY, **changes}) == expected


@settings(deadline=None, max_examples=60)
@given(before=st.integers(-3, 3), length=st.integers(0, 40), status=st.sampled_from(["01", "30", "20"]))
def test_days_of_a_stay_are_counted_from_the_admission(before: int, length: int, status: str) -> None:
    admitted, end = FIRST + timedelta(days=before), FIRST + timedelta(days=length)
    claim = {**STAY, "admitted_on": admitted, "statement_to": end, "patient_status": status}
    days = derive(example_batch([claim]), ("stay_days",), (), LIBRARY)[0]["stay_days"].item()
    nights = (end - max(admitted, FIRST)).days
    assert days == max(nights, 1) + (status == "30" and nights > 0)


@pytest.mark.parametrize("bill", expand("0111-0119 0121 0131-0139 0141 0211 0221 0321 0341 0711 0721 0811 0831 0851"))
def test_a_bill_is_of_a_stay_or_of_outpatients_but_never_of_both(bill: str) -> None:
    names = ("inpatient_bill", "outpatient_bill", "hospital_inpatient_bill")
    frame = derive(example_batch([{"claim_type": "institutional", "type_of_bill": bill}]), names, (), LIBRARY)[0]
    stay, outpatient, hospital = frame.select(names).row(0)
    assert not (stay and outpatient)
    assert hospital == (bill[:3] == "011")
    assert stay == (bill[:3] in ("011", "021"))


def test_bills_of_other_claims_say_nothing() -> None:
    names = ("inpatient_bill", "outpatient_bill", "patient_status_known", "type_of_bill_known")
    frame = derive(example_batch([{"type_of_bill": "0111"}]), names, (), LIBRARY)[0]
    assert frame.select(names).row(0) == (False, False, True, True)


spans = st.dates(date(2026, 5, 1), date(2026, 6, 30)) | st.none()


@settings(deadline=None, max_examples=80)
@given(st.sampled_from(["11", "69", "70", "74", "99", "A1", "L9", "M0", "Z9", "1", "aa"]), spans, spans)
def test_occurrences_are_dated_as_their_code_asks(code: str, start: date | None, end: date | None) -> None:
    claim = {"claim_type": "institutional", "occurrences": [{"code": code, "date_from": start, "date_to": end}]}
    formed = code not in ("1", "aa")
    is_span = formed and ("70" <= code <= "99" or code[0] in "MZ")
    expected = {
        "INS032": not formed,
        "INS034": start is None,
        "INS035": start is not None and end is not None and end < start,
        "INS036": is_span and end is None,
        "INS037": formed and not is_span and end is not None,
    }
    assert fired(**claim) & expected.keys() == {rule for rule, fires in expected.items() if fires}


FILLINGS = [code for codes in SURFACES.values() for code in codes.split()]


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(FILLINGS), st.lists(st.sampled_from("MODBFLIX"), max_size=6))
def test_a_filling_has_the_surfaces_of_its_code(code: str, surfaces: list[str]) -> None:
    line = {"procedure_code": code, "tooth_codes": ["19"], "tooth_surfaces": surfaces}
    wanted = next(count for count, codes in SURFACES.items() if code in codes.split())
    fits = len(surfaces) >= wanted if wanted == max(SURFACES) else len(surfaces) == wanted
    found = fired(claim_type="dental", lines=[line])
    assert ("DEN009" in found) == (bool(surfaces) and not fits)
    assert ("DEN006" in found) == ("X" in surfaces)
    assert ("DEN007" in found) == ("X" not in surfaces and len(set(surfaces)) < len(surfaces))
    assert ("DEN008" in found) == ("I" in surfaces)


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(["1", "8", "19", "32", "33", "A", "K", "T", "U", "51", "82", "83", "AS", "US", "0"]))
def test_a_tooth_is_in_the_universal_numbering_or_unknown(tooth: str) -> None:
    known = tooth in ("1", "8", "19", "32", "A", "K", "T", "51", "82", "AS")
    assert ("DEN005" in fired(claim_type="dental", lines=[{"tooth_codes": [tooth]}])) == (not known)


def test_each_tooth_lies_in_one_quadrant_alone() -> None:
    for tooth in [*map(str, range(1, 33)), *"ABCDEFGHIJKLMNOPQRST"]:
        areas = ("10", "20", "30", "40")
        lines = [{"procedure_code": "D7140", "tooth_codes": [tooth], "oral_cavity_codes": [area]} for area in areas]
        columns = derive(
            example_batch([{"claim_type": "dental", "lines": lines}]), (), ("area_misfits_tooth",), LIBRARY
        )
        assert columns[1]["area_misfits_tooth"].to_list().count(False) == 1


def test_teeth_of_other_claims_and_days_are_left_alone() -> None:
    filling = {"procedure_code": "D2391", "tooth_codes": ["3"], "tooth_surfaces": ["O"]}
    extraction = {"procedure_code": "D7140", "tooth_codes": ["3"]}
    later = {**extraction, "service_from": date(2026, 6, 2)}
    drawn = [
        {"claim_type": "dental", "lines": pair}
        for pair in ([filling], [extraction], [filling, later], [filling, extraction])
    ]
    columns = derive(example_batch(drawn), (), ("extracted_same_day",), LIBRARY)[1]
    assert columns["extracted_same_day"].to_list() == [False, False, False, False, True, False]


def test_revenue_codes_of_professional_lines_are_not_looked_at() -> None:
    lines: list[dict[str, Any]] = [{"revenue_code": "9999"}, {"revenue_code": None}]
    names = ("revenue_known", "revenue_malformed")
    columns = derive(example_batch([{"lines": lines}]), (), names, LIBRARY)[1].select(names)
    assert columns.equals(pl.DataFrame({"revenue_known": [True, True], "revenue_malformed": [False, False]}))
