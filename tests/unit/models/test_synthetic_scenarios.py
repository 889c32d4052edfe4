"""Planted stories: visible in the events, absent without them, told in the truth."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from models.synthetic.scenarios.named import SCENARIO_NAMES, scenario_named
from schemas.errors import BadInputError
from tests.unit.models.synthetic_runs import START, after, lines_of, run

DENY = "deny-modifier:payer=CSCOM01,modifier=25,day=10"


def denial_rates(*scenarios: str) -> pl.DataFrame:
    """Return the share of denied claims by whether they are of the story: payer, modifier and time."""
    made = run(*scenarios, claims=12_000, seed=5)
    has = pl.element().struct.field("modifiers").list.contains("25")
    return (
        made.events.join(made.truth, on="event_id")
        .group_by(
            payer=pl.col("payer_id") == "CSCOM01",
            carries=pl.col("lines").list.eval(has).list.any(),
            late=pl.col("submitted_at") >= START + timedelta(days=10),
        )
        .agg(pl.col("denied").mean(), pl.col("true_p_denied").mean(), pl.len())
    )


def test_a_payer_denies_a_modifier_from_the_day_on_and_the_truth_knows() -> None:
    quiet, planted = denial_rates(), denial_rates(DENY)
    for rates, expected in ((quiet, 0.2), (planted, 0.87)):
        told = rates.filter("payer", "carries", "late").row(0, named=True)
        assert told["denied"] == pytest.approx(expected, abs=0.12)
        assert told["true_p_denied"] == pytest.approx(told["denied"], abs=0.09)
    elsewhere = ~(pl.col("payer") & pl.col("carries") & pl.col("late"))
    keys = ["payer", "carries", "late"]
    assert quiet.filter(elsewhere).sort(keys).equals(planted.filter(elsewhere).sort(keys))


def test_the_denied_line_is_the_one_with_the_modifier() -> None:
    lines = lines_of(after(DENY, claims=12_000, seed=5).remits.filter(pl.col("payer_id") == "CSCOM01"))
    carc = pl.element().struct.field("carc").is_in(["4", "182"])
    denied = lines.filter(pl.col("adjustments").list.eval(carc).list.any() & (pl.col("claim_status_code") == "1"))
    assert denied.height > 5
    assert denied["modifiers"].list.contains("25").mean() > 0.8  # type: ignore[operator]  # a mean of flags


def test_a_silent_payer_says_nothing_more() -> None:
    begins = START + timedelta(days=10)
    found = after("silent-payer:payer=CSCOM03,day=10")
    for frame in (found.acks, found.remits):
        of_payer = frame.filter(pl.col("payer_id") == "CSCOM03")
        assert of_payer.filter(pl.col("received_at") >= begins).is_empty()
    assert found.acks.filter(pl.col("payer_id") == "CSCOM03").height > 0
    others = pl.col("payer_id") != "CSCOM03"
    assert found.remits.filter(others).equals(after().remits.filter(others))


def test_an_underpaying_payer_allows_part_of_its_contract_and_the_lines_still_balance() -> None:
    quiet, planted = after(), after("underpayment:payer=CSCOM06,day=20,factor=0.8")
    lines = lines_of(quiet.remits).join(
        lines_of(planted.remits), on=["event_id", "line_number"], how="inner", suffix="_planted"
    )
    changed = lines.filter(pl.col("allowed_cents") != pl.col("allowed_cents_planted"))
    assert changed["payer_id"].unique().to_list() == ["CSCOM06"]
    ratio = int(changed["allowed_cents_planted"].sum()) / int(changed["allowed_cents"].sum())
    assert ratio == pytest.approx(0.8, abs=0.01)
    adjusted = changed["adjustments_planted"].list.eval(pl.element().struct.field("amount_cents")).list.sum()
    assert (changed["charge_cents_planted"] - adjusted - changed["paid_cents_planted"]).abs().sum() == 0


def test_a_burst_takes_back_many_payments_on_one_day_by_reversals_and_by_adjustments() -> None:
    day = (START + timedelta(days=45)).date()
    burst = after("takeback-burst:payer=CSCOM02,day=45,share=0.3").remits
    on_day = burst.filter((pl.col("payer_id") == "CSCOM02") & (pl.col("paid_on") == day))
    assert on_day["reversal"].sum() > 20
    taken = on_day.filter(pl.col("kind") == "provider").explode("provider_adjustments").unnest("provider_adjustments")
    withheld = taken.filter(pl.col("reason_code") == "WO")
    assert withheld.height > 10
    assert (withheld["amount_cents"] > 0).all()
    assert withheld["reference_token"].is_in(burst["patient_control_token"].drop_nulls().implode()).all()
    assert after().remits.filter((pl.col("paid_on") == day) & pl.col("reversal")).height < 10


def test_an_outage_holds_acknowledgements_back_until_it_ends() -> None:
    begins, ends = START + timedelta(days=12), START + timedelta(days=14)
    held, lost = after("vendor-outage:day=12,hours=48").acks, after("vendor-outage:day=12,hours=48,lost=true").acks
    within = (pl.col("received_at") >= begins) & (pl.col("received_at") < ends)
    missing = after().acks.filter(within).height
    assert missing > 100
    assert held.filter(within).is_empty()
    assert held.height == after().acks.height
    assert held.filter(pl.col("received_at") == ends).height >= missing
    assert lost.height == after().acks.height - missing


def test_a_slow_payer_takes_longer_from_the_day_on_and_others_do_not() -> None:
    def median_days(remits: pl.DataFrame, *, late: bool) -> float:
        cut = (START + timedelta(days=10)).date()
        first = remits.filter(
            (pl.col("payer_id") == "CSCOM04") & (pl.col("frequency_code") == "1") & ~pl.col("reversal")
        )
        of_part = first.filter((pl.col("received_on") > cut) == late)
        return float((of_part["paid_on"] - of_part["received_on"]).dt.total_days().median())  # type: ignore[arg-type]

    slow, quiet = after("slow-payer:payer=CSCOM04,day=10,factor=2").remits, after().remits
    assert median_days(slow, late=False) == pytest.approx(median_days(quiet, late=False), abs=2.5)
    assert median_days(slow, late=True) > 1.5 * median_days(quiet, late=True)


def test_a_spike_of_rejections_lasts_as_long_as_the_story() -> None:
    spike = "reject-spike:payer=CSCOM05,day=12,until_day=16,share=0.5"
    begins, ends = START + timedelta(days=12), START + timedelta(days=16)
    sent = run(spike).events.filter(pl.col("payer_id") == "CSCOM05").select("patient_control_token", "submitted_at")
    verdicts = after(spike).acks.filter(pl.col("level") == "claim")
    rejected = verdicts.group_by("patient_control_token").agg(rejected=(~pl.col("accepted")).any())
    joined = sent.join(rejected, on="patient_control_token")
    within = joined.filter((pl.col("submitted_at") >= begins) & (pl.col("submitted_at") < ends))
    outside = joined.filter((pl.col("submitted_at") < begins) | (pl.col("submitted_at") >= ends))
    assert float(within["rejected"].mean()) == pytest.approx(0.5, abs=0.2)  # type: ignore[arg-type]  # a mean of flags
    assert float(outside["rejected"].mean()) < 0.06  # type: ignore[arg-type]  # a mean of flags


@pytest.mark.parametrize("name", SCENARIO_NAMES)
def test_every_story_is_told_with_whom_and_when(name: str) -> None:
    story = scenario_named(f"{name}:day=3", START).story()
    assert story["scenario"] == name
    assert story["begins_at"] == START + timedelta(days=3)
    assert name == "vendor-outage" or story["payer_id"]


@pytest.mark.parametrize("text", ["dream", "underpayment:factor", "underpayment:factor=much", "silent-payer:payer=X",
    "silent-payer:share=1"])  # fmt: skip
def test_a_scenario_that_is_named_wrongly_is_answered(text: str) -> None:
    with pytest.raises(BadInputError):
        scenario_named(text, START)
