"""Wrong, truncated and empty files at the command line, on a real broker."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from schemas.codec import ColumnarDecoder
from schemas.contracts import CLAIMS_SUBMITTED, REMITS_RECEIVED
from schemas.phi import Keyring, Sealer
from schemas.registry import CheckedInIds
from streams.topics import SUBMITTED
from tests.e2e.system import System
from tests.x12_folder import PAYMENTS, a_folder

pytestmark = pytest.mark.kafka

EXAMPLE = Path(__file__).parents[2] / "examples" / "professional-claims.x12"


def ingest(system: System, *arguments: Path | str, **environment: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "claimstream", "ingest", *map(str, arguments), "--json"],
        check=False, capture_output=True, text=True, timeout=120, cwd=system.folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(EXAMPLE.parents[1]), **system.environment(), **environment},
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout or "{}")


def copies(system: System, transactions: int) -> Path:
    """A file of the example's transaction, with other patient account numbers in every copy: 12 claims each."""
    segments = EXAMPLE.read_bytes()
    start, end = segments.index(b"ST*837"), segments.index(b"GE*")
    body = b"".join(
        re.sub(rb"(ST\*837|SE\*\d+)\*0001", rb"\g<1>*%04d" % n, segments[start:end]).replace(b"ZZACCT", b"ZZ%05dA" % n)
        for n in range(1, transactions + 1)
    )
    file = system.folder / "many.x12"
    file.write_bytes(segments[:start] + body + segments[end:].replace(b"GE*1*", b"GE*%d*" % transactions))
    return file


def published_ids(system: System) -> list[str]:
    values = [m.value() for m in system.committed(SUBMITTED.name)]
    return ColumnarDecoder(CLAIMS_SUBMITTED, CheckedInIds()).decode(values).frame["event_id"].to_list()


@pytest.mark.parametrize("place", ["before_commit:2", "after_commit:2"])
def test_an_interrupted_file_goes_on_where_it_stopped_without_loss_or_repeats(system: System, place: str) -> None:
    file = copies(system, 340)  # 4,080 claims: three chunks
    code, _ = ingest(system, file, CLAIMSTREAM_FAILPOINT=place)
    assert code == -signal.SIGKILL
    before = len(published_ids(system))
    assert before == (4_000 if place.startswith("after_commit") else 2_000)
    _, result = ingest(system, file)
    assert result["reports"][0]["resumed_after"] == before
    assert result["claims"] == 4_080 - before
    ids = published_ids(system)
    assert len(ids) == len(set(ids)) == 4_080


def test_a_folder_of_every_kind_killed_in_the_middle_and_given_twice_loses_and_repeats_nothing(system: System) -> None:
    folder = a_folder(system.folder / "in")
    code, _ = ingest(system, folder, CLAIMSTREAM_FAILPOINT="after_produce:8")  # the second chunk of the remittance
    assert code == -signal.SIGKILL
    _, result = ingest(system, folder, "--memory", "small")  # what is left of it, encoded one by one
    assert [report["status"] for report in result["reports"]] == ["already", "already", "already", "published"]
    assert result["reports"][3]["resumed_after"] == 2_000
    assert (result["claims"], result["acks"], result["remits"]) == (0, 0, PAYMENTS - 2_000)
    code, again = ingest(system, folder)
    assert (code, again["already_published"]) == (0, 4)
    for contract, count in ((CLAIMS_SUBMITTED, 12), (REMITS_RECEIVED, PAYMENTS)):
        values = [m.value() for m in system.committed(contract.name)]
        ids = ColumnarDecoder(contract, CheckedInIds()).decode(values).frame["event_id"]
        assert (len(ids), ids.n_unique()) == (count, count)


def test_a_watched_folder_takes_in_each_dropped_file_once_and_puts_it_away(system: System) -> None:
    folder = system.folder / "drop"
    folder.mkdir()
    (folder / "still-coming.part").write_bytes(EXAMPLE.read_bytes())
    watcher = system.start("watch", "ingest", "--watch", str(folder))
    (folder / "good.x12").write_bytes(EXAMPLE.read_bytes())
    (folder / "same-under-another-name.x12").write_bytes(EXAMPLE.read_bytes())
    (folder / "bad.x12").write_bytes(b"hello, world")
    system.wait_until(lambda: len(list(folder.iterdir())) == 3 and not (folder / "bad.x12").exists(), "files put away")
    watcher.send_signal(signal.SIGTERM)
    assert watcher.wait(20) == 0
    assert len(published_ids(system)) == 12
    assert {file.name for file in (folder / "archive").rglob("*.x12")} == {
        "good.x12",
        "same-under-another-name.x12",
    }
    assert {file.name for file in (folder / "quarantine").rglob("*.*")} == {"bad.x12", "bad.x12.problems.json"}
    assert (folder / "still-coming.part").exists()


def test_the_example_file_is_published_sealed_and_only_once(system: System) -> None:
    code, result = ingest(system, EXAMPLE)
    assert (code, result["claims"], result["problems"]) == (0, 12, [])
    code, again = ingest(system, EXAMPLE)
    assert (code, again["claims"], again["already_published"]) == (0, 0, 1)
    messages = system.committed(SUBMITTED.name)
    raw = b"".join(m.value() + m.key() for m in messages)
    assert b"CANARY" not in raw.upper()
    frame = ColumnarDecoder(CLAIMS_SUBMITTED, CheckedInIds()).decode([m.value() for m in messages]).frame
    assert frame.height == 12
    assert frame["event_id"].n_unique() == 12
    row = frame.row(0, named=True)
    opened = Sealer(Keyring.load(system.keyring)).open_json(row["phi"], "demo", CLAIMS_SUBMITTED.name, row["claim_id"])
    assert opened


def test_a_truncated_file_is_refused_and_its_whole_claims_are_published_when_asked_for(system: System) -> None:
    cut = system.folder / "cut.x12"
    cut.write_bytes(EXAMPLE.read_bytes()[:1_500])
    code, result = ingest(system, cut)
    assert (code, result["claims"], result["refused"]) == (1, 0, 1)
    assert "refused as a whole" in str(result["problems"])
    code, result = ingest(system, cut, "--salvage")
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
