"""Profiles: what is offered, when it is due, and what the claims look like."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import polars as pl
import pytest
from typer.testing import CliRunner

from claimstream.cli import whole
from claimstream.settings import Settings
from loadtest import claims as claims_module
from loadtest import open_loop
from loadtest.bench import BenchPlan
from loadtest.claims import HOT_KEY, Shape, again, encoded_claims, hot_keys, with_many_lines
from loadtest.profiles import PROFILES, Options, is_bad, plan_of
from loadtest.result import percentiles
from loadtest.workplace import workplace
from models.synthetic import generate
from streams.publish import ClaimPublisher

START = datetime(2026, 6, 1, tzinfo=UTC)


class Clock:
    """Time that passes only while somebody sleeps or publishes."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class StallingPublisher:
    """A publisher that stands still for a second when the first claims come."""

    def __init__(self, clock: Clock) -> None:
        self.sent: list[bytes] = []
        self.clock = clock

    def publish_encoded(self, values: list[bytes], keys: list[str]) -> None:
        assert len(values) == len(keys)
        if not self.sent:
            self.clock.now += 1.0
        self.sent += values

    def flush(self) -> None:
        pass


def test_a_stall_does_not_move_when_claims_were_due(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(open_loop, "time", clock)
    publisher = StallingPublisher(clock)
    values = [bytes([number]) for number in range(200)]
    due = open_loop.offer(cast(ClaimPublisher, publisher), values, ["key"] * 200, rate=100.0)
    assert publisher.sent == values
    assert due == pytest.approx([1_000.0 + number / 100 for number in range(200)])
    assert clock.now == pytest.approx(1_002.0, abs=0.05), "a stall is caught up with, the rate holds"


@pytest.mark.parametrize(
    ("own", "asked", "claims", "rate"),
    [
        (BenchPlan(0, rate=6_667.0), Options(), 2_000_100, 6_667.0),
        (BenchPlan(0, rate=6_667.0), Options(seconds=10), 66_670, 6_667.0),
        (BenchPlan(0, rate=6_667.0), Options(rate=100, seconds=5), 500, 100.0),
        (BenchPlan(0, rate=6_667.0), Options(claims=1_000), 1_000, 6_667.0),
        (BenchPlan(100_000), Options(), 100_000, None),
        (BenchPlan(100_000), Options(claims=7), 7, None),
        (BenchPlan(100_000), Options(rate=50.0), 100_000, 50.0),
        (BenchPlan(100_000), Options(rate=50.0, seconds=2), 100, 50.0),
    ],
)
def test_claims_and_rate_of_a_plan(own: BenchPlan, asked: Options, claims: int, rate: float | None) -> None:
    plan = plan_of(own, asked)
    assert (plan.claims, plan.rate) == (claims, rate)


def test_large_claims_have_their_lines_numbered_and_balanced() -> None:
    events = generate(40, 5, start=START).events
    large = with_many_lines(events, 50)
    assert large.schema == events.schema
    lines = large.select("event_id", "total_charge_cents", "lines").explode("lines").unnest("lines")
    by_claim = lines.group_by("event_id", maintain_order=True).agg("line_number", "charge_cents", "total_charge_cents")
    assert by_claim["line_number"].to_list() == [list(range(1, 51))] * 40
    totals = zip(by_claim["charge_cents"].list.sum(), by_claim["total_charge_cents"].list.first(), strict=True)
    assert all(charged == total for charged, total in totals)


def test_claims_again_are_others_in_all_that_tells_them_apart() -> None:
    events = generate(50, 5, start=START).events
    laps = pl.concat([events, again(events, 1), again(events, 2)])
    for name in ("event_id", "claim_id"):
        assert laps[name].n_unique() == 150
    assert laps["patient_token"].n_unique() == 3 * events["patient_token"].n_unique()


def test_four_fifths_of_skewed_keys_are_one_and_those_of_a_patient_stay_together() -> None:
    keys = [f"demo|{number * 2654435761 % 2**32:064x}" for number in range(4_000)]
    skewed = hot_keys(keys)
    assert skewed.count(HOT_KEY) / len(keys) == pytest.approx(0.8, abs=0.03)
    assert hot_keys(keys) == skewed


def test_more_claims_than_are_made_are_offered_in_laps(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(claims_module, "DISTINCT", 40)
    settings = Settings().model_copy(update={"claimstream_home": tmp_path, "claimstream_keyring": None})
    values = [value for part, _ in encoded_claims(settings, 100, 3, Shape.PLAIN) for value in part]
    assert len(values) == len(set(values)) == 100


def test_percentiles_reach_to_the_greatest() -> None:
    found = percentiles([float(number) for number in range(1, 1_001)])
    assert found == {"p50": 500.5, "p95": 950.0, "p99": 990.0, "p99.9": 999.0, "max": 1_000.0}
    assert set(percentiles([]).values()) == {0.0}


def test_a_claim_lost_in_any_run_of_a_profile_is_bad() -> None:
    assert not is_bad({"lost": 0, "duplicated": 0})
    assert is_bad({"duplicated": 1})
    assert is_bad({"runs": [{"lost": 0}, {"lost": 2}]})


def test_an_unknown_profile_is_wrong_usage_and_the_known_ones_are_named() -> None:
    answer = CliRunner().invoke(whole(), ["bench", "nothing"])
    assert answer.exit_code == 2
    assert all(name in answer.output for name in PROFILES)


def test_a_claim_whose_id_looks_like_a_mark_is_not_made_twice() -> None:
    names = ("event_id", "claim_id", "patient_token", "patient_control_token")
    ids = pl.DataFrame({name: ["0001beef"] for name in names})
    laps = pl.concat([ids, again(ids, 1)])
    assert laps["event_id"].n_unique() == 2


def test_a_profile_can_be_run_without_the_store_and_keeps_without_one() -> None:
    assert plan_of(BenchPlan(10), Options()).store
    assert not plan_of(BenchPlan(10), Options(store=False)).store
    assert not plan_of(BenchPlan(10, store=False), Options()).store


def test_the_folder_of_a_run_goes_with_it_unless_it_is_kept(tmp_path: Path) -> None:
    with workplace("burst", None) as folder:
        (folder / "log").write_text("words", encoding="utf-8")
    assert not folder.exists()
    kept = tmp_path / "runs"
    folders = []
    for _ in range(2):
        with workplace("burst", kept) as folder:
            (folder / "log").write_text("words", encoding="utf-8")
        folders.append(folder)
    assert sorted(kept.iterdir()) == sorted(folders)
    assert all((folder / "log").exists() for folder in folders)
    assert plan_of(BenchPlan(10), Options(keep=kept)).keep == kept
