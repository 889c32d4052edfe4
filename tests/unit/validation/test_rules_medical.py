"""Coding edits against plain Python over the same tables: pairs, units, add-on codes, modifiers, code validity."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.validation.columns import code_pairs
from processors.validation.columns.forms import BILL_TYPE, PROCEDURE, TWO, expand
from processors.validation.columns.modifiers import GROUPS
from processors.validation.derive import derive
from processors.validation.examples import example_batch
from reference.library import ReferenceLibrary
from tests.shared_data import shared

LIBRARY = ReferenceLibrary.starter().as_if_complete()
NCCI = set(expand(GROUPS["ncci"]))
CODES = expand(
    "45385 45380 45378 G0105 G0121 93000 93005 93010 99213 99211 96372 11042 11045 97110 97140 36415 80053 80048 "
    "90833 64484 64483 27447 20610"
)
FIRST, SECOND = date(2026, 6, 1), date(2026, 6, 2)

lines = st.fixed_dictionaries(
    {
        "procedure_code": st.sampled_from([*CODES, None, "XXXXX"]),
        "modifiers": st.lists(st.sampled_from(["59", "25", "RT", "55", "GP", "76"]), max_size=2, unique=True),
        "units": st.sampled_from([1.0, 2.0, 4.0, 7.0]),
        "unit_basis": st.sampled_from(["UN", "UN", "MJ"]),
        "service_from": st.sampled_from([FIRST, SECOND]),
        "service_to": st.sampled_from([SECOND, SECOND, None]),
    }
)
claims = st.lists(
    st.fixed_dictionaries(
        {
            "claim_type": st.sampled_from(["professional", "institutional"]),
            "type_of_bill": st.sampled_from(["0131", "0111"]),
            "lines": st.lists(lines, max_size=7),
        }
    ),
    min_size=1,
    max_size=4,
)


def columns(changes: Iterable[dict[str, Any]], *names: str, library: ReferenceLibrary = LIBRARY) -> pl.DataFrame:
    """Return columns of the lines of example claims."""
    return derive(example_batch(list(changes)), (), names, library)[1].select(*names)


def setting_of(claim: dict[str, Any]) -> str | None:
    if claim["claim_type"] == "professional":
        return "practitioner"
    return "hospital" if claim["type_of_bill"] == "0131" else None


@cache
def pair_table() -> dict[tuple[str | None, str, str], int]:
    return {
        (row["setting"], row["column1"], row["column2"]): row["modifier_ind"]
        for row in LIBRARY.frame("ncci_ptp").iter_rows(named=True)
    }


def pair_by_hand(claim: dict[str, Any], place: int) -> tuple[int, set[str]]:
    """Return what the edits say of one line, and which lines it is denied for."""
    line, states = claim["lines"][place], {}
    for other_place, other in enumerate(claim["lines"]):
        indicator = pair_table().get((setting_of(claim), other["procedure_code"], line["procedure_code"]), 9)
        if other_place == place or other["service_from"] != line["service_from"] or indicator == 9:
            continue
        excused = NCCI & {*line["modifiers"], *other["modifiers"]}
        states[other_place] = 0 if indicator == 0 else 2 if excused else 1
    gravest = min(states.values(), default=-1)
    return gravest, {claim["lines"][p]["procedure_code"] for p, state in states.items() if state == gravest}


@settings(deadline=None, max_examples=150)
@given(claims)
def test_code_pairs_are_found_as_by_hand(drawn: list[dict[str, Any]]) -> None:
    found = iter(columns(drawn, "ncci_pair", "ncci_column1").rows())
    for claim in drawn:
        for place in range(len(claim["lines"])):
            state, column1 = next(found)
            expected, codes = pair_by_hand(claim, place)
            assert state == expected
            assert column1 in codes if codes else column1 is None


@settings(deadline=None, max_examples=60)
@given(claims, st.randoms())
def test_code_pairs_do_not_depend_on_the_order_of_the_lines(drawn: list[dict[str, Any]], random: Any) -> None:
    batch = example_batch(drawn)
    order = list(range(batch.lines.height))
    random.shuffle(order)
    names = ("ncci_pair", "mue_counted", "primary_on_claim", "repeats_code")
    straight = derive(batch, (), names, LIBRARY)[1].select(names)
    mixed = derive(replace(batch, lines=batch.lines[order]), (), names, LIBRARY)[1].select(names)
    assert mixed.equals(straight[order])


@given(claims)
@settings(deadline=None, max_examples=30)
def test_code_pairs_found_some_at_a_time_are_the_same(drawn: list[dict[str, Any]]) -> None:
    at_once = columns(drawn, "ncci_pair")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(code_pairs, "_PAIRS_AT_ONCE", 3)
        assert columns(drawn, "ncci_pair").equals(at_once)


@pytest.mark.parametrize(
    ("column1", "column2", "modifiers", "expected"),
    [
        ("45385", "45378", [], 0),
        ("45385", "45378", ["59"], 0),
        ("45385", "45380", [], 1),
        ("45385", "45380", ["59"], 2),
        ("45385", "45380", ["RT"], 2),
        ("45385", "45380", ["GP"], 1),
        ("96372", "99211", ["25"], 0),
        ("93000", "93005", ["XU"], 2),
        ("93000", "36415", [], -1),
    ],
)
def test_published_pairs_are_denied_and_excused(
    column1: str, column2: str, modifiers: list[str], expected: int
) -> None:
    claim = {"lines": [{"procedure_code": column1}, {"procedure_code": column2, "modifiers": modifiers}]}
    assert columns([claim], "ncci_pair")["ncci_pair"].to_list() == [-1, expected]
    first = {"lines": [{"procedure_code": column2}, {"procedure_code": column1, "modifiers": modifiers}]}
    assert columns([first], "ncci_pair")["ncci_pair"].to_list() == [expected, -1]


@pytest.mark.parametrize("others", [("45385", "96372"), ("96372", "45385")])
def test_a_line_denied_for_several_is_denied_for_the_gravest(others: tuple[str, str]) -> None:
    claim = {"lines": [{"procedure_code": code} for code in (*others, "99211")]}
    assert columns([claim], "ncci_pair", "ncci_column1").row(2) == (0, "96372")


def test_an_edit_holds_on_the_days_it_is_in_force() -> None:
    rows = LIBRARY.frame("ncci_ptp").filter((pl.col("column1") == "45385") & (pl.col("column2") == "45378"))
    dated = rows.with_columns(effective_from=pl.lit(FIRST), effective_to=pl.lit(FIRST))
    table = LIBRARY.find("ncci_ptp")
    assert table is not None
    library = LIBRARY.with_tables(replace(table, frame=dated))
    days = (date(2026, 5, 31), FIRST, SECOND)
    pair = [{"procedure_code": "45385"}, {"procedure_code": "45378"}]
    drawn = [{"lines": [{**line, "service_from": day} for line in pair]} for day in days]
    assert columns(drawn, "ncci_pair", library=library)["ncci_pair"].to_list() == [-1, -1, -1, 0, -1, -1]


@settings(deadline=None, max_examples=150)
@given(claims)
def test_units_are_counted_against_their_limit_as_by_hand(drawn: list[dict[str, Any]]) -> None:
    limits = {(r["service_type"], r["hcpcs"]): r for r in LIBRARY.frame("ncci_mue").iter_rows(named=True)}
    found = iter(columns(drawn, "mue_units", "mue_by", "mue_counted").rows())
    for claim in drawn:
        for line in claim["lines"]:
            limit = limits.get((setting_of(claim), line["procedure_code"]))
            most, by, counted = next(found)
            assert (most, by) == ((limit["max_units"], limit["mai"]) if limit else (2**31 - 1, 0))
            if limit is None:
                continue
            same = [line] if by == 1 else [o for o in claim["lines"] if _alike(o, line)]
            assert counted == sum(_units_a_day(other) for other in same)


def _alike(other: dict[str, Any], line: dict[str, Any]) -> bool:
    return all(other[name] == line[name] for name in ("procedure_code", "service_from"))


def _units_a_day(line: dict[str, Any]) -> float:
    if line["unit_basis"] != "UN" or "55" in line["modifiers"]:
        return 0.0
    days = (line["service_to"] - line["service_from"]).days + 1 if line["service_to"] else 1
    return float(round(line["units"] / days))


def test_equipment_that_only_suppliers_bill_has_their_limit() -> None:
    claim = {"lines": [{"procedure_code": "E0601"}, {"procedure_code": "A9270"}]}
    assert columns([claim], "mue_units")["mue_units"].to_list() == [1, 0]


@settings(deadline=None, max_examples=80)
@given(claims)
def test_add_on_codes_look_for_their_primary_code_on_the_claim(drawn: list[dict[str, Any]]) -> None:
    primaries: dict[str, set[str]] = {}
    for row in LIBRARY.frame("ncci_addon").iter_rows(named=True):
        primaries.setdefault(row["addon"], set()).add(row["primary"])
    found = iter(columns(drawn, "addon_type", "primary_on_claim").rows())
    for claim in drawn:
        codes = {line["procedure_code"] for line in claim["lines"]}
        for line in claim["lines"]:
            kind, primary = next(found)
            assert (kind > 0) == (line["procedure_code"] in primaries)
            assert primary == (kind > 0 and bool(primaries[line["procedure_code"]] & codes))


@pytest.mark.parametrize(
    ("modifiers", "conflict"),
    [
        (["RT"], False),
        (["RT", "LT"], True),
        (["LT", "F5"], True),
        (["LT", "FA"], False),
        (["RT", "T9"], False),
        (["E1", "E2"], False),
        (["E2", "E3"], True),
        (["TA", "T5"], True),
    ],
)
def test_sides_of_the_body_are_known_by_every_anatomical_modifier(modifiers: list[str], conflict: bool) -> None:
    claim = {"lines": [{"procedure_code": "20610", "modifiers": modifiers}]}
    assert columns([claim], "sides_conflict").item() is conflict


def test_the_same_side_twice_is_told_from_both_sides() -> None:
    sides = [["RT", "RT"], ["RT", "LT"], ["LT", "LT"], ["RT", "RT"]]
    drawn: list[dict[str, Any]] = [
        {"lines": [{"procedure_code": "20610", "modifiers": [side]} for side in pair]} for pair in sides
    ]
    drawn[3]["lines"][1]["service_from"] = SECOND
    found = columns(drawn, "repeats_side", "other_side_beside").rows()
    assert found == [(True, False)] * 2 + [(False, True)] * 2 + [(True, False)] * 2 + [(False, False)] * 2


@pytest.mark.parametrize(
    ("code", "day", "known", "valid"),
    [
        ("99213", FIRST, True, True),
        ("99999", FIRST, False, None),
        ("99999", date(2031, 1, 1), None, None),
        ("J1030", FIRST, True, False),
        ("J1030", date(2024, 3, 31), True, True),
        ("J1030", date(1981, 12, 31), True, False),
        ("E9999", FIRST, None, None),
        ("D9999", FIRST, None, None),
        ("9921", FIRST, None, None),
    ],
)
def test_a_code_is_called_unknown_or_invalid_only_where_the_tables_can_tell(
    code: str, day: date, known: bool | None, valid: bool | None
) -> None:
    claim = {"lines": [{"procedure_code": code, "service_from": day, "service_to": day}]}
    assert columns([claim], "procedure_known", "procedure_valid").row(0) == (known, valid)


def test_the_fee_schedule_of_the_year_of_service_holds() -> None:
    table = LIBRARY.find("fee_schedule")
    assert table is not None
    row = table.frame.filter((pl.col("hcpcs") == "99213") & (pl.col("year") == 2026))
    years = [row.with_columns(year=pl.lit(year, pl.Int32), status_code=pl.lit(code)) for year, code in _STATUS.items()]
    library = LIBRARY.with_tables(replace(table, frame=pl.concat(years)))
    days = [date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1), date(2027, 1, 1)]
    drawn = [{"lines": [{"service_from": day}]} for day in days]
    assert columns(drawn, "fee_status", library=library)["fee_status"].to_list() == ["", "N", "N", "B", ""]


_STATUS = {2025: "N", 2026: "B"}


@given(st.lists(st.text(max_size=6) | st.from_regex(r"[0-9A-Z][0-9]{3}[0-9A-Z]", fullmatch=True) | st.none()))
def test_codes_of_a_form_have_numbers_of_their_own_and_other_texts_have_none(texts: list[str | None]) -> None:
    numbers = PROCEDURE.numbers(pl.Series(texts, dtype=pl.String)).tolist()
    formed = [
        text is not None and len(text) == 5 and all(c in "0123456789" for c in text[1:4]) and _ends_fit(text)
        for text in texts
    ]
    assert [number < PROCEDURE.size for number in numbers] == formed
    seen = {text: number for text, number, fits in zip(texts, numbers, formed, strict=True) if fits}
    assert len(set(seen.values())) == len(seen)


def _ends_fit(text: str) -> bool:
    return all(c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" for c in (text[0], text[4]))


def test_numbers_follow_the_places_of_a_code() -> None:
    assert BILL_TYPE.number("0131") // 36 == 13
    assert TWO.number("0A") == 10
    assert " ".join(expand("99202-99204 0001F-0002F J0120 F1-F2")) == "99202 99203 99204 0001F 0002F J0120 F1 F2"


@pytest.mark.parametrize("setting", ["practitioner", "hospital"])
def test_the_whole_published_table_is_found_and_nothing_beside_it(setting: str) -> None:
    rows = pl.read_parquet(shared(f"reference/ncci_ptp_{setting}.parquet"))
    known = rows.sample(400, seed=7)
    swapped = known.select(pl.col("column2").alias("column1"), pl.col("column1").alias("column2"))
    pairs = set(rows.select("column1", "column2").rows())
    strangers = [pair for pair in swapped.rows() if pair not in pairs]
    table = LIBRARY.find("ncci_ptp")
    assert table is not None
    frame = rows.select(
        pl.lit(setting).alias("setting"), "column1", "column2", pl.col("modifier_ind").cast(pl.Int8)
    ).with_columns(pl.lit(None, dtype=pl.Date).alias(name) for name in ("effective_from", "effective_to"))
    library = LIBRARY.with_tables(replace(table, frame=frame))
    kind = {"claim_type": "professional" if setting == "practitioner" else "institutional"}
    drawn = [
        {**kind, "lines": [{"procedure_code": a}, {"procedure_code": b}]}
        for a, b in [*known.select("column1", "column2").rows(), *strangers]
    ]
    second = columns(drawn, "ncci_pair", library=library)["ncci_pair"].to_list()[1::2]
    assert second == [*known["modifier_ind"].cast(pl.Int64).to_list(), *([-1] * len(strangers))]
