"""What history says about claims, told as short streams; every story is also cut into batches of one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from processors.batch import ClaimBatch, empty_findings
from processors.history import check_history
from processors.history.calendar import quarter_of, years_before
from processors.history.entry import ENTRY, unpack
from processors.history.hashing import text_hash, text_words
from processors.history.procedures import ProcedureList
from processors.isolation import run_isolated
from processors.step import StepFailedError
from tests.unit.history.stories import Run, book, catalogue, claim, rules_fired, stream

JUNE = date(2026, 6, 1)


def test_a_third_copy_is_a_duplicate_as_well_and_the_first_stays_accepted() -> None:
    assert rules_fired([claim(), claim(), claim()]) == [set(), {"HIS001"}, {"HIS001"}]


def test_the_same_event_again_is_no_duplicate_wherever_it_lies() -> None:
    again = claim(event_id="same")
    assert rules_fired([again, claim(codes=["71046"]), again, again]) == [set(), set(), set(), set()]


def test_an_event_that_comes_again_is_judged_as_when_it_came_first() -> None:
    early = claim(codes=["99203"], event_id="early")
    later = claim(JUNE - timedelta(days=30), ["99213"])
    assert rules_fired([early, later, early]) == [set(), set(), set()]


def test_a_claim_that_validation_rejected_is_neither_flagged_nor_remembered() -> None:
    assert rules_fired([claim(error_count=1), claim(), claim(error_count=2)]) == [set(), set(), set()]


def test_after_a_void_the_claim_may_come_again_and_is_then_the_first() -> None:
    void = claim(frequency_code="8", account="a")
    assert rules_fired([claim(account="a"), void, claim(), claim()]) == [set(), set(), set(), {"HIS001"}]


def test_a_void_of_another_account_number_payer_or_provider_voids_nothing() -> None:
    first = claim(account="a")
    for other in ({"patient_control_token": "b"}, {"payer_id": "OTHER"}, {"billing_npi": "1306849450"}):
        void = {**claim(frequency_code="8", account="a"), **other}
        assert rules_fired([first, void, claim()])[2] == {"HIS001"}


def test_units_of_a_replaced_claim_do_not_count() -> None:
    def therapy(units: float, account: str = "other") -> dict[str, Any]:
        made = claim(codes=["97110"], account=account)
        made["lines"][0].update(units=units, modifiers=["GP"])
        return made

    first, replacement = therapy(5.0, account="a"), therapy(2.0, account="a")
    second = therapy(4.0)
    assert "HIS003" in rules_fired([first, second])[1]
    assert "HIS003" not in rules_fired([first, {**replacement, "frequency_code": "7"}, second])[2]


def test_a_replacement_that_moves_the_service_into_the_next_quarter_finds_what_it_replaces() -> None:
    march, april = date(2026, 3, 31), date(2026, 4, 1)
    replacement = claim(april, frequency_code="7", account="a")
    told = [claim(march, account="a"), replacement, claim(march)]
    assert rules_fired(told) == [set(), set(), set()]


def test_a_lifetime_procedure_is_found_again_after_any_number_of_years() -> None:
    long_ago = claim(date(2015, 3, 2), ["44970"])
    between = [claim(date(year, 3, 2), ["71046"]) for year in range(2016, 2026)]
    assert rules_fired([long_ago, *between, claim(JUNE, ["44950"])])[-1] == {"HIS007"}


def test_a_voided_lifetime_procedure_does_not_count() -> None:
    first = claim(date(2026, 3, 2), ["44970"], account="a")
    assert rules_fired([first, {**first, "frequency_code": "8"}, claim(JUNE, ["44970"])])[2] == set()


@pytest.mark.parametrize(("day", "seen"), [(date(2023, 6, 1), True), (date(2023, 5, 31), False)])
def test_a_patient_is_new_again_after_three_years_to_the_day(day: date, seen: bool) -> None:
    assert ("HIS005" in rules_fired([claim(day), claim(JUNE, ["99203"])])[1]) is seen


@pytest.mark.parametrize(("days", "inside"), [(-1, False), (0, True), (10, True), (11, False)])
def test_a_ten_day_global_period_has_ten_days_after_the_surgery(days: int, inside: bool) -> None:
    fired = rules_fired([claim(JUNE, ["10060"]), claim(JUNE + timedelta(days=days))])[1]
    assert ("HIS006" in fired) is inside


@pytest.mark.parametrize(("visit", "inside"), [(date(2026, 6, 10), True), (date(2026, 6, 11), False)])
def test_a_major_surgery_reaches_ninety_days_into_the_next_quarter(visit: date, inside: bool) -> None:
    fired = rules_fired([claim(date(2026, 3, 12), ["44970"]), claim(visit)])[1]
    assert ("HIS006" in fired) is inside


def test_the_day_before_a_major_surgery_belongs_to_it_across_quarters() -> None:
    surgery = claim(date(2026, 4, 1), ["44970"])
    assert [rules_fired([surgery, claim(day)])[1] for day in (date(2026, 3, 31), date(2026, 3, 30))] == [
        {"HIS006"},
        set(),
    ]


def test_a_voided_surgery_has_no_global_period_in_any_quarter() -> None:
    surgery = claim(date(2026, 3, 19), ["44970"], account="a")
    void = {**surgery, "frequency_code": "8"}
    assert rules_fired([surgery, void, claim(date(2026, 4, 2))])[2] == set()


def test_what_lies_four_years_behind_the_latest_service_date_is_forgotten_the_same_in_any_cut() -> None:
    old = claim(date(2021, 1, 5))
    assert rules_fired([old, {**old}])[1] == {"HIS001"}
    assert rules_fired([old, claim(JUNE), {**old}])[2] == set()


def test_a_service_date_after_the_submission_does_not_make_history_forget() -> None:
    run = Run(stream([claim(JUNE), claim(date(2026, 6, 16))]))
    run.process([0, 1])
    assert run.memory.watermarks[0] == (JUNE - date(1970, 1, 1)).days


def test_a_patient_of_another_tenant_or_partition_has_another_history() -> None:
    assert rules_fired([claim(), claim(tenant_id="other"), claim(partition=1)]) == [set(), set(), set()]


def test_findings_of_history_stand_in_reading_order_among_the_others_and_are_counted() -> None:
    run = Run(stream([claim(), claim(codes=["71046", "99213"], total_charge_cents=30_000)]))
    run.process([0])
    batch = run.whole.take([1])
    before = pl.DataFrame(
        {"row": [0], "line_number": [1], "rule_id": ["ZZZ001"], "severity": ["warning"], "message": [""], "path": [""]},
        schema_overrides=empty_findings().schema,
    )
    found = pl.concat([empty_findings(), before], how="diagonal")
    checked = check_history(type(batch)(batch.claims, batch.lines, batch.now, found), book(), catalogue(), run.memory)
    assert checked.findings["rule_id"].to_list() == ["ZZZ001", "HIS002"]
    assert checked.claims["warning_count"].to_list() == [1]


def test_a_batch_that_is_bisected_leaves_the_memory_of_its_good_claims_once() -> None:
    run = Run(stream([claim(), claim(codes=["71046"], claim_id="poison"), claim(codes=["80053"])]))

    def step(batch: ClaimBatch) -> ClaimBatch:
        checked = check_history(batch, book(), catalogue(), run.memory)
        if "poison" in checked.claims["claim_id"]:
            raise StepFailedError(step.__name__, ValueError())
        return checked

    isolated = run_isolated(run.whole, step)
    run.memory.remember(isolated.batch.history)
    [value] = run.memory.values.values()
    assert unpack([value])[0]["code"].tolist() == [b"99213", b"80053"]


def test_a_value_of_another_layout_is_refused() -> None:
    with pytest.raises(ValueError, match="sequence of entries"):
        unpack([b"x"])
    with pytest.raises(ValueError, match="another layout"):
        unpack([b"\x09" * ENTRY.itemsize])


def test_hashes_are_the_same_in_every_release_and_beside_any_other_text() -> None:
    alone = text_hash(pl.Series(["99213", None, ""]))
    beside = text_hash(pl.Series(["99213", "a text that is much longer than eight bytes"]))
    assert alone.tolist() == [6850288068083680296, 0, 0]
    assert beside[0] == alone[0]
    assert text_words(pl.Series(["x" * 5000, "é"]))[1, 0] == int.from_bytes("é".encode(), "little")


def test_dates_are_counted_as_calendars_do() -> None:
    days = np.array([(date(2024, 2, 29) - date(1970, 1, 1)).days])
    assert (date(1970, 1, 1) + timedelta(days=int(years_before(days, 3)[0]))) == date(2021, 3, 1)
    assert quarter_of(days)[0] == 54 * 4


def test_modifiers_keep_their_bits() -> None:
    bits = ProcedureList.shipped().bits()
    assert (bits["26"], bits["59"], bits["GP"], bits["80"], bits["81"]) == (0, 34, 61, 63, 63)
    assert len(set(ProcedureList.shipped().distinguishing_modifiers)) == 64
