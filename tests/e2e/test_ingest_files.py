"""Wrong, truncated and empty files at the command line, on a real broker."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.codec import ColumnarDecoder
from schemas.contracts import CLAIMS_SUBMITTED
from schemas.phi import Keyring, Sealer
from schemas.registry import CheckedInIds
from streams.topics import SUBMITTED
from tests.e2e.system import System

pytestmark = pytest.mark.kafka

EXAMPLE = Path(__file__).parents[2] / "examples" / "professional-claims.x12"


def ingest(system: System, file: Path) -> tuple[int, dict[str, object]]:
    done = subprocess.run(
        [sys.executable, "-m", "claimstream", "ingest", str(file), "--json"],
        check=False, capture_output=True, text=True, timeout=60, cwd=system.folder,
        env={"PATH": "/usr/bin:/bin", **system.environment()},
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_the_example_file_is_published_sealed_and_a_second_time_with_the_same_ids(system: System) -> None:
    code, result = ingest(system, EXAMPLE)
    assert (code, result["claims"], result["problems"]) == (0, 12, [])
    assert ingest(system, EXAMPLE)[1]["claims"] == 12
    messages = system.committed(SUBMITTED.name)
    raw = b"".join(m.value() + m.key() for m in messages)
    assert b"CANARY" not in raw.upper()
    frame = ColumnarDecoder(CLAIMS_SUBMITTED, CheckedInIds()).decode([m.value() for m in messages]).frame
    assert frame.height == 24
    assert frame["event_id"].n_unique() == 12
    row = frame.row(0, named=True)
    opened = Sealer(Keyring.load(system.keyring)).open_json(row["phi"], "demo", CLAIMS_SUBMITTED.name, row["claim_id"])
    assert opened


def test_a_truncated_file_publishes_its_whole_claims_and_reports_the_damage(system: System) -> None:
    cut = system.folder / "cut.x12"
    cut.write_bytes(EXAMPLE.read_bytes()[:1_500])
    code, result = ingest(system, cut)
    assert code == 3
    assert 0 < int(str(result["claims"])) < 12
    assert "middle of a segment" in str(result["problems"])


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"", "empty"), (b"hello, world", "not an X12 interchange"), (b"\x00\xff" * 500, "not an X12 interchange")],
    ids=["empty", "text", "binary"],
)
def test_a_file_that_is_no_x12_is_said_in_words(system: System, content: bytes, word: str) -> None:
    file = system.folder / "wrong.x12"
    file.write_bytes(content)
    code, result = ingest(system, file)
    assert code == 1
    assert result["claims"] == 0
    assert word in str(result["problems"])
