"""Rules on claim, dates, diagnoses and other payers over combinations that their examples cannot say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.validation import RuleCatalogue, validate
from processors.validation.catalogue import CATALOGUE_FOLDER
from processors.validation.columns.code_book import code_book
from processors.validation.columns.fields import Fields
from processors.validation.examples import EXAMPLE_NOW, example_batch
from reference.library import ReferenceLibrary
from tests.shared_data import shared

PACKS = (
    "claim_header", "consent", "identifiers", "dates", "accidents", "amounts", "diagnoses", "diagnosis_codes",
    "coverage", "coordination", "authorization", "documentation", "patient",
)  # fmt: skip
CATALOGUE = RuleCatalogue.load(
    [CATALOGUE_FOLDER / f"{name}.yaml" for name in PACKS], library=ReferenceLibrary.starter().as_if_complete()
)
TODAY = EXAMPLE_NOW.date()
CHARGE = 15_000


def fired(*changes: dict[str, Any], catalogue: RuleCatalogue = CATALOGUE) -> list[set[str]]:
    """Return the rules that fire on each claim."""
    found = validate(example_batch(changes), catalogue).findings
    return [set(found.filter(pl.col("row") == row)["rule_id"]) for row in range(len(changes))]


def payer(sequence: str = "P", **fields: Any) -> dict[str, Any]:
    """Return another payer that has decided."""
    named = {"payer_id": f"CSCOM0{2 + 'PST'.find(sequence)}", "payer_sequence": sequence}
    return {**named, "paid_cents": 0, "adjudicated_on": TODAY, "adjustments": [], **fields}


def adjustment(cents: int, group: str = "CO", carc: str = "45") -> dict[str, Any]:
    """Return an adjustment."""
    return {"group_code": group, "carc": carc, "amount_cents": cents}


amounts = st.integers(-(10**9), 10**9)


@settings(max_examples=40, deadline=None)
@given(paid=amounts, of_claim=st.lists(amounts, max_size=4), of_lines=st.lists(amounts, max_size=4), off=amounts)
def test_a_claim_balances_when_payment_and_every_adjustment_make_up_its_charge(
    paid: int, of_claim: list[int], of_lines: list[int], off: int
) -> None:
    total = paid + sum(of_claim) + sum(of_lines)
    other = payer(paid_cents=paid, adjustments=[adjustment(cents) for cents in of_claim])
    lines = [{"adjustments": [adjustment(cents)]} for cents in of_lines] or [{}]
    claim = {"payer_sequence": "S", "other_payers": [other], "lines": lines}
    exact, missed = fired({**claim, "total_charge_cents": total}, {**claim, "total_charge_cents": total + off})
    assert "COB009" not in exact
    assert ("COB009" in missed) == (off != 0 and bool(of_claim or of_lines))


@settings(max_examples=40, deadline=None)
@given(paid=amounts, cents=st.lists(amounts, max_size=5), off=amounts)
def test_a_line_balances_by_its_own_adjustments_alone(paid: int, cents: list[int], off: int) -> None:
    line = {"other_payer_paid_cents": paid, "adjustments": [adjustment(one) for one in cents]}
    beside = {"adjustments": [adjustment(77)], "procedure_code": "20610"}
    claim = {"payer_sequence": "S", "other_payers": [payer(adjustments=[adjustment(5)])]}
    exact, missed = fired(
        {**claim, "lines": [beside, {**line, "charge_cents": paid + sum(cents)}]},
        {**claim, "lines": [beside, {**line, "charge_cents": paid + sum(cents) + off}]},
    )
    assert "COB010" not in exact
    assert ("COB010" in missed) == (off != 0)


def test_amounts_of_two_other_payers_are_not_held_against_one_charge() -> None:
    both = [payer("P", paid_cents=9_000), payer("S", paid_cents=4_000)]
    line = {"other_payer_paid_cents": 13_000, "adjustments": [adjustment(6_000), adjustment(9_000, "OA", "23")]}
    [found] = fired({"payer_sequence": "T", "other_payers": both, "lines": [line]})
    assert found.isdisjoint({"COB001", "COB002", "COB009", "COB010"})


def test_a_later_payer_owes_no_decision() -> None:
    waiting = payer("S", paid_cents=None, adjudicated_on=None)
    [found] = fired({"payer_sequence": "P", "other_payers": [waiting]})
    assert found == set()


@settings(max_examples=40, deadline=None)
@given(own=st.sampled_from("PSTU"), others=st.lists(st.sampled_from("PSTU"), max_size=4))
def test_the_order_of_payers_is_judged_as_by_hand(own: str, others: list[str]) -> None:
    known = [place for place in [own, *others] if place != "U"]
    rank = "PST".find(own)
    earlier = sum(0 <= "PST".find(place) < rank for place in others)
    payers = [payer(place, payer_id=f"OTHER{number}") for number, place in enumerate(others)]
    [found] = fired({"payer_sequence": own, "other_payers": payers})
    assert ("COB002" in found) == (len(set(known)) < len(known) and bool(others))
    assert ("COB001" in found) == (bool(others) and rank > 0 and earlier < rank)


def test_payers_of_one_claim_are_never_counted_to_another() -> None:
    claims: list[dict[str, Any]] = [
        {},
        {"payer_sequence": "S", "other_payers": [payer(paid_cents=99_000)]},
        {},
        {"payer_sequence": "S", "other_payers": [payer(paid_cents=-1, adjustments=[adjustment(1, "XX")])]},
        {"lines": [{"other_payer_paid_cents": 1}]},
    ]
    expected: Sequence[set[str]] = [
        set(), {"COB007"}, set(), {"COB008", "COB009", "COB012", "COB016"}, {"COB015"}
    ]  # fmt: skip
    assert fired(*claims) == expected


def test_a_retired_reason_holds_for_decisions_of_its_days() -> None:
    library = ReferenceLibrary.starter().as_if_complete()
    codes = library.frame("carc").filter(pl.col("valid_to") < TODAY)
    if codes.is_empty():
        table = library.find("carc")
        assert table is not None
        rows = table.frame.with_columns(
            valid_to=pl.when(pl.col("code") == "45").then(pl.lit(date(2026, 6, 9))).otherwise("valid_to")
        )
        library = library.with_tables(type(table)(**{**vars(table), "frame": rows}))
        codes = rows.filter(pl.col("code") == "45")
    code, last = codes.select("code", "valid_to").row(0)
    catalogue = RuleCatalogue.load([CATALOGUE_FOLDER / "coordination.yaml"], library=library)
    claims: list[dict[str, Any]] = [
        {
            "payer_sequence": "S",
            "service_from": date(2000, 1, 1),
            "other_payers": [payer(adjudicated_on=day, adjustments=[adjustment(CHARGE, "CO", code)])],
        }
        for day in (last, last + timedelta(days=1))
    ]
    before, after = fired(*claims, catalogue=catalogue)
    assert "COB013" not in before
    assert "COB013" in after


def test_codes_are_judged_by_the_book_of_the_day() -> None:
    # M54.5 was split on 1 October 2021, C50.A0 came on 1 October 2025, K21.0 was split on 1 October 2020.
    def claim(code: str, day: date) -> dict[str, Any]:
        return {"diagnosis_codes": [code], "service_from": day, "service_to": day}

    found = fired(
        claim("M545", date(2021, 9, 30)),
        claim("M545", date(2021, 10, 1)),
        claim("C50A0", date(2025, 9, 30)),
        claim("C50A0", date(2025, 10, 1)),
        claim("C50A", date(2025, 10, 1)),
        claim("C50B", date(2025, 10, 1)),
    )
    wrong = {"DX003", "DX009", "DX010", "DX011"}
    assert [one & wrong for one in found] == [set(), {"DX010"}, {"DX011"}, set(), {"DX010"}, {"DX009"}]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.sampled_from(["I10", "E11", "ZZ999", "e119", "O80", "C61"]), max_size=4), max_size=6))
def test_every_claim_is_told_its_own_first_wrong_code(codes: list[list[str]]) -> None:
    claims: list[dict[str, Any]] = [
        {"diagnosis_codes": one, "diagnosis_qualifiers": [], "diagnosis_poa": []} for one in codes
    ]
    found = validate(example_batch(claims), CATALOGUE).findings
    for rule, wrong in (("DX009", "ZZ999"), ("DX010", "E11")):
        told = found.filter(pl.col("rule_id") == rule)
        assert told["row"].to_list() == [row for row, one in enumerate(codes) if wrong in one]
        assert set(told["value"]) <= {wrong}
    malformed = found.filter(pl.col("rule_id") == "DX003")["row"].to_list()
    assert malformed == [row for row, one in enumerate(codes) if "e119" in one]


def test_the_first_of_several_wrong_codes_is_named() -> None:
    codes = [["I10", "ZZ998", "E11", "ZZ999", "I11"], ["ZZ999", "ZZ998"]]
    claims: list[dict[str, Any]] = [{"diagnosis_codes": one, "diagnosis_qualifiers": []} for one in codes]
    found = validate(example_batch(claims), CATALOGUE).findings.filter(pl.col("rule_id").is_in(["DX009", "DX010"]))
    assert found.select("row", "value").rows() == [(0, "ZZ998"), (0, "E11"), (1, "ZZ999")]


def test_the_narrower_of_published_and_usual_ages_holds() -> None:
    # O80 is published for 9 to 64 and usual from 12 to 55; Z00.110 is published for newborns and not among ours.
    def claim(code: str, age: int) -> dict[str, Any]:
        return {"diagnosis_codes": [code], "patient_age_years": age}

    found = fired(claim("O80", 55), claim("O80", 56), claim("O80", 11), claim("Z00110", 0), claim("Z00110", 1))
    assert ["DX008" in one for one in found] == [False, True, True, False, True]


def test_a_claim_without_a_qualifier_for_each_code_does_not_shift_those_of_others() -> None:
    stay = {"claim_type": "institutional", "type_of_bill": "0111", "admitted_on": date(2026, 6, 1)}
    claims: list[dict[str, Any]] = [
        {**stay, "diagnosis_codes": ["I10", "R079"], "diagnosis_qualifiers": ["ABK"], "diagnosis_poa": ["Y"]},
        {
            **stay,
            "diagnosis_codes": ["I10", "R079"],
            "diagnosis_qualifiers": ["ABK", "ABJ"],
            "diagnosis_poa": ["Y", ""],
        },
        {**stay, "diagnosis_codes": ["I10"], "diagnosis_qualifiers": ["ABK"], "diagnosis_poa": ["1"]},
    ]
    watched = {"DX017", "DX018", "DX019"}
    assert [one & watched for one in fired(*claims)] == [{"DX019"}, set(), {"DX017", "DX018"}]


def test_a_line_points_into_the_diagnoses_of_its_own_claim() -> None:
    injury = {"diagnosis_codes": ["S0990XA", "W19XXXA"], "diagnosis_qualifiers": ["ABK", "ABF"]}
    lines = [{"diagnosis_pointers": [2]}, {"diagnosis_pointers": [1], "procedure_code": "20610"}]
    claims: list[dict[str, Any]] = [
        {},
        {**injury, "lines": lines},
        {"lines": [{"diagnosis_pointers": [9]}]},
        {"diagnosis_codes": []},
    ]
    found = validate(example_batch(claims), CATALOGUE).findings.filter(pl.col("rule_id") == "DX027")
    assert found.select("row", "line_number").rows() == [(1, 1)]


def test_the_sex_edit_ends_for_medicare_and_stays_for_others() -> None:
    def claim(payer_type: str | None, day: date) -> dict[str, Any]:
        return {
            "patient_sex": "M",
            "diagnosis_codes": ["O80"],
            "payer_type": payer_type,
            "service_from": day,
            "service_to": day,
        }

    last, first = date(2024, 9, 30), date(2024, 10, 1)
    found = fired(claim("medicare", last), claim("medicare", first), claim("medicaid", first), claim(None, first))
    assert ["DX007" in one for one in found] == [True, False, True, True]


days = st.dates(date(2025, 12, 1), date(2026, 6, 15))


@settings(max_examples=60, deadline=None)
@given(first=days, last=days)
def test_spans_are_judged_by_the_calendar(first: date, last: date) -> None:
    dates = {"service_from": first, "service_to": last}
    [found] = fired({**dates, "lines": [dates]})
    assert ("DAT016" in found) == (last > first and (last.year, last.month) != (first.year, first.month))
    assert ("DAT015" in found) == (last > first and last.year != first.year)
    assert ("DAT003" in found) == (last < first)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["99213", "20610"]), st.sampled_from([1.0, 2.0]), st.booleans()), max_size=6))
def test_the_second_of_two_equal_lines_is_the_copy(lines: list[tuple[str, float, bool]]) -> None:
    given_lines = [
        {"procedure_code": code, "units": units, "modifiers": ["76"] if again else []} for code, units, again in lines
    ]
    batch = example_batch([{}, {"lines": given_lines}, {"lines": given_lines[:1]}])
    found = validate(batch, CATALOGUE).findings.filter(pl.col("rule_id") == "AMT017")
    copies = [(1, number + 1) for number, line in enumerate(lines) if line in lines[:number] and not line[2]]
    assert found.select("row", "line_number").rows() == copies


def test_an_organisation_that_bills_needs_a_person_who_renders() -> None:
    clinic = {"billing_taxonomy": "261QM1300X", "rendering_npi": None, "rendering_taxonomy": None}
    claims: list[dict[str, Any]] = [
        clinic,
        {**clinic, "lines": [{}, {"rendering_npi": "1245319599", "procedure_code": "20610"}]},
        {**clinic, "claim_type": "dental"},
        {**clinic, "billing_taxonomy": None},
        {**clinic, "rendering_npi": "1234567893"},
    ]
    watched = {"NPI008", "NPI011"}
    assert [one & watched for one in fired(*claims)] == [{"NPI008"}, set(), set(), set(), {"NPI011"}]


def test_rules_that_say_a_code_does_not_exist_wait_for_the_whole_table() -> None:
    waiting = RuleCatalogue.load()
    missing = {one.rule.id: waiting.missing_table(one) for one in waiting.rules}
    assert {missing["DX009"], missing["DX010"]} == {"icd10cm"}
    assert missing["COB013"] == "carc"
    assert missing["PRV008"] == "taxonomy"
    assert missing["HDR023"] == "payers"
    assert missing["DX007"] is missing["DX011"] is missing["DX012"] is None


def test_the_whole_code_book_knows_every_published_code_and_what_begins_it() -> None:
    frame = pl.read_csv(shared("reference/icd10cm.csv"), infer_schema=False).rename(
        {"sex_edit": "sex", "unspecified_edit": "unspecified"}
    )
    flags = ("manifestation", "external_cause", "unacceptable_principal", "unspecified")
    table = ReferenceLibrary.starter().find("icd10cm")
    assert table is not None
    whole = frame.with_columns(
        pl.col("valid_from", "valid_to").str.to_date(), *(pl.col(name) == "1" for name in flags)
    ).select(table.frame.columns)
    library = ReferenceLibrary.starter().with_tables(type(table)(**{**vars(table), "frame": whole, "complete": True}))
    book = code_book(library)
    asked = pl.DataFrame({"diagnosis_codes": [["E119", "E11", "I10", "E1", "Q99Z", "B880"]]})
    with Fields(asked) as fields:
        number = fields["diagnosis_codes"].items.known(book.numbers)
    assert book.flags["known"][number].tolist() == [True, False, True, False, False, True]
    assert book.flags["beginning"][number].tolist() == [False, True, False, False, False, True]
    assert int(book.flags["known"].sum()) == whole["code"].n_unique()
    catalogue = RuleCatalogue.load([CATALOGUE_FOLDER / "diagnosis_codes.yaml"], library=library)
    assert fired({}, {"diagnosis_codes": ["E11"]}, {"diagnosis_codes": ["E11Z"]}, catalogue=catalogue) == [
        set(),
        {"DX010"},
        {"DX009"},
    ]
