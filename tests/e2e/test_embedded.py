"""The embedded stack, as a user starts it: demo, bench, up."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


def claimstream(*arguments: str, home: Path, timeout: float = 150) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "claimstream", *arguments],
        check=False, capture_output=True, text=True, timeout=timeout, cwd=REPOSITORY,
        env={**os.environ, "CLAIMSTREAM_HOME": str(home), "TMPDIR": str(home)},
    )  # fmt: skip


def processes_of(home: Path) -> dict[int, str]:
    """Return the command line of every process under this folder by its id, our own left out."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if str(home).encode() in (entry / "environ").read_bytes():
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\x00", b" ").decode()
        except OSError:
            continue
    return {pid: command for pid, command in found.items() if command}


linux_only = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")


@linux_only
def test_the_demo_balances_exactly_tells_stories_and_leaves_nothing_running(tmp_path: Path) -> None:
    done = claimstream("demo", "--claims", "800", "--answered", "100", home=tmp_path, timeout=400)
    assert done.returncode == 0, done.stderr
    assert "published 812 = scored 812 + dead-lettered 0 = 812 rows in ClickHouse: exact" in done.stdout
    assert "KPIs by payer" in done.stdout
    assert re.search(r"100 claims of \S+ met \d+ acknowledgements and \d+ remittances", done.stdout)
    assert re.search(r"Payer lag +│ 100 │ \d+\.\d days", done.stdout), "all were answered"
    assert re.search(r"denial\.\w+ +│ +\d+ │ +\$[\d,]+ │ +\$[\d,]+ │", done.stdout), "work waits"
    assert processes_of(tmp_path) == {}


@pytest.mark.parametrize("rate", ["0", "500"])
def test_the_bench_measures_and_loses_nothing(tmp_path: Path, rate: str) -> None:
    done = claimstream("bench", "--claims", "1000", "--rate", rate, "--json", home=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    expected = {"claims", "seconds_to_scored", "seconds_to_clickhouse", "claims_per_second", "latency_ms", "rss_mb"}
    assert expected | {"cpu_us_per_claim", "lost", "duplicated", "broker"} <= set(result)
    assert (result["claims"], result["lost"], result["duplicated"]) == (1000, 0, 0)
    assert 0 < result["latency_ms"]["p50"] <= result["latency_ms"]["p95"] <= result["latency_ms"]["p99"]
    assert result["latency_ms"]["p50"] < result["queryable_ms"]["p50"] <= result["queryable_ms"]["max"]
    assert {"broker", "clickhouse", "sink", "claims-0"} == set(result["rss_mb"])
    assert {"decode", "validate", "price", "score", "decide", "encode", "commit"} <= set(result["cpu_us_per_claim"])


@linux_only
def test_up_starts_a_killed_worker_again_and_stops_cleanly(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "claimstream", "up"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        env={**os.environ, "CLAIMSTREAM_HOME": str(tmp_path), "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:39092",
             "CLICKHOUSE_PORT": "38123"},
    )  # fmt: skip
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if "Stop with Ctrl-C" in line:
                break
        [stage] = [pid for pid, command in processes_of(tmp_path).items() if "run claims" in command]
        os.kill(stage, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while not any("run claims" in c and pid != stage for pid, c in processes_of(tmp_path).items()):
            assert time.monotonic() < deadline, "the killed stage was not started again"
            time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0
    finally:
        process.kill()
    assert processes_of(tmp_path) == {}
