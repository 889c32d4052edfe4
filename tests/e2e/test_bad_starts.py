"""What a person reads when something is missing: one sentence, an exit code, never a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

AWAY = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "CLICKHOUSE_PORT": "1", "PATH": "/usr/bin"}
EXAMPLE = Path(__file__).parents[2] / "examples" / "professional-claims.x12"


def claimstream(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "claimstream", *arguments],
        check=False, capture_output=True, text=True, timeout=60, cwd=folder,
        env={**AWAY, "CLAIMSTREAM_HOME": str(folder), **environment},
    )  # fmt: skip


def assert_one_sentence(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    for word in words:
        assert word in lines[0]


@pytest.mark.parametrize(
    "command", [("run", "claims"), ("run", "sink"), ("topics", "create"), ("topics", "check"), ("generate",)]
)
def test_a_broker_that_is_away_is_said_in_one_sentence(tmp_path: Path, command: tuple[str, ...]) -> None:
    claimstream(tmp_path, "keys", "init")
    assert_one_sentence(claimstream(tmp_path, *command), 1, "No broker answers", "KAFKA_BOOTSTRAP_SERVERS")


def test_ingest_without_a_broker_is_said_in_one_sentence(tmp_path: Path) -> None:
    assert_one_sentence(claimstream(tmp_path, "ingest", str(EXAMPLE)), 1, "No broker answers")


def test_a_clickhouse_that_is_away_is_said_in_one_sentence(tmp_path: Path) -> None:
    assert_one_sentence(claimstream(tmp_path, "sink", "migrate"), 1, "ClickHouse", "CLICKHOUSE_PORT")


def test_a_stage_without_a_keyring_says_how_to_make_one(tmp_path: Path) -> None:
    assert_one_sentence(claimstream(tmp_path, "run", "claims"), 1, "keyring")


def test_a_missing_file_is_said_in_one_sentence(tmp_path: Path) -> None:
    assert_one_sentence(claimstream(tmp_path, "ingest", "nowhere.x12"), 1, "nowhere.x12")


def test_a_setting_that_makes_no_sense_is_a_usage_error(tmp_path: Path) -> None:
    assert_one_sentence(claimstream(tmp_path, "doctor", BATCH_SIZE="many"), 2, "BATCH_SIZE")


def test_the_doctor_shows_what_is_red_and_exits_with_3(tmp_path: Path) -> None:
    done = claimstream(tmp_path, "doctor")
    assert done.returncode == 3
    assert "red broker" in done.stdout
    assert "ok  rules" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
