"""The performance page: it says what the kept results say, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from loadtest.aims import aims
from loadtest.report import FOLDER, PAGE, load_results, page


def run(**changed: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "profile": "burst",
        "claims": 1_000,
        "broker": "embedded (Tansu)",
        "shape": "plain",
        "stages": 1,
        "running": ["claims-0"],
        "offered_rate": None,
        "seconds_to_scored": 2.0,
        "seconds_to_clickhouse": 4.9,
        "claims_per_second": 500.0,
        "latency_ms": {"p50": 1.0, "p95": 2.0, "p99": 59.9, "p99.9": 70.0, "max": 80.0},
        "rss_mb": {"claims-0": 650.0, "sink": 900.0},
        "cpu_us_per_claim": {"consume": 1.0, "commit": 3.0},
        "lost": 0,
        "duplicated": 0,
        "other_load": 0.1,
        "machine": {"processor": "Test processor", "cores": 2, "memory_gib": 23.5, "system": "Linux"},
    }
    return found | changed


def engine(name: str, times: float, **changed: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "engine": name, "guarantee": "at least once", "model_runs": "once a claim", "lacks": "much",
        "claims_per_second": 10_000 / times, "cpu_us_per_claim": 20 * times, "rss_mb": 100.0, "lost": 0, "doubled": 0,
        "compared": 60, "unequal": 0, "largest_difference": 0.0, "times_slower": times, "times_the_cpu": times,
    }  # fmt: skip
    return found | changed


def test_the_page_is_what_the_kept_results_make() -> None:
    made = page(load_results(), (FOLDER / "parts.md").read_text(encoding="utf-8"))
    assert PAGE.read_text(encoding="utf-8") == made, "write it anew: python -m loadtest.report"


def test_the_charts_that_the_page_shows_are_there() -> None:
    shown = [line.split("(")[1].rstrip(")") for line in PAGE.read_text().splitlines() if line.startswith("![")]
    assert shown
    assert all((PAGE.parent / name).is_file() for name in shown)


def test_no_result_names_a_place_of_the_machine_it_was_made_on() -> None:
    for file in FOLDER.glob("*.json"):
        text = file.read_text(encoding="utf-8")
        assert not any(place in text for place in ("/home", "/tmp", "/work", "127.0.0.1")), file.name  # noqa: S108 - looked for


@pytest.mark.parametrize(("seconds", "met"), [(4.9, True), (5.1, False)])
def test_an_aim_is_met_or_missed_by_the_figure(seconds: float, met: bool) -> None:
    found = aims({"burst": run(seconds_to_clickhouse=seconds)})
    assert [aim.met for aim in found if "queryable" in aim.what] == [met]


@pytest.mark.parametrize(("p95", "met"), [(2_000.0, True), (2_001.0, False)])
def test_a_steady_run_is_judged_by_when_claims_can_be_asked_for(p95: float, met: bool) -> None:
    found = aims({"sustained": run(offered_rate=6_667.0, queryable_ms={"p95": p95})})
    assert [aim.met for aim in found if "queryable" in aim.what] == [met]
    assert not [aim for aim in aims({"sustained": run(offered_rate=6_667.0)}) if "queryable" in aim.what]


def test_memory_and_losses_are_judged_over_every_run() -> None:
    good, fat = run(), run(rss_mb={"claims-0": 600.0, "claims-1": 701.0})
    found = {aim.what: aim for aim in aims({"burst": good, "scale": {"runs": [fat]}})}
    assert not found["resident memory of a stage below 700 MB in every run"].met
    assert found["no claim lost or doubled in any run"].met
    engines = {"engines": [engine("quix", 6.0, doubled=1)]}
    assert not {aim.what: aim for aim in aims({"burst": good, "peers": engines})}[
        "no claim lost or doubled in any run"
    ].met


def test_the_peers_stand_in_the_page_by_their_ratio() -> None:
    peers = {"claims": 100, "warm_up": 20, "rules": 40, "broker": "Apache Kafka", "machine": run()["machine"],
             "engines": [engine("claimstream", 1.0), engine("faust", 11.5), engine("quix", 4.2)]}  # fmt: skip
    text = page({"peers": peers}, "Parts.")
    assert "| faust | 11.5 | 11.5 | 870 | 230 |" in text
    assert (
        "| 10 times the throughput of Faust, an event at a time | 11.5 times; 11.5 times by processor time | yes |"
        in text
    )
    assert "| 5 times the throughput of Quix Streams | 4.2 times; 4.2 times by processor time | **no** |" in text
    assert "Test processor, 2 cores, 24 GiB, Linux" in text
    assert text.endswith("## Single parts\n\nParts.\n")


def test_results_of_several_machines_are_told() -> None:
    other = run(machine={"processor": "Other", "cores": 8, "memory_gib": 64.0, "system": "Linux"})
    assert "several machines" in page({"burst": run(), "max": other}, "")


def test_what_a_claim_costs_each_process_is_told_where_it_was_measured() -> None:
    with_store = run(load_cpu_seconds={"broker": 0.02, "sink": 0.03, "generator": 0.01})
    without = run(load_cpu_seconds={"broker": 0.01, "generator": 0.01}, offered_rate=500.0)
    made = page({"burst": with_store, "sustained": without, "max": run()}, "")
    assert "| profile | broker | sink | generator |" in made
    assert "| burst | 20 | 30 | 10 |" in made
    assert "| sustained | 10 |  | 10 |" in made
    assert "### What a claim costs" not in page({"burst": run()}, "")


def test_the_time_of_a_claim_is_split_where_claims_were_offered_at_a_rate() -> None:
    steps = {"consume": 3.0, "decode": 10.0, "score": 20.0, "commit": 15.0}
    split = {"batch_ms": steps, "claims_per_batch": 1_234.4, "latency_mean_ms": 99.6, "stage_latency_ms": 80.0}
    made = page({"burst": run(**split), "sustained": run(offered_rate=6_667.0, **split)}, "")
    assert "| sustained | 1,234 | 100 | 80 | 3 | 30 | 15 |" in made
    assert "| burst | 1,234" not in made


def test_the_page_says_how_fast_the_machine_was_where_a_run_has_timed_it() -> None:
    made = page({"burst": run(yardstick_ms=21.4), "max": run()}, "")
    assert "run, where it was timed: burst 21." in made
    assert "fixed loop" not in page({"max": run()}, "")
