"""JSON lines and Avro containers: every event of every file once, whatever kills the run, however often it is given."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastavro
import pytest

from claimstream.intake.file_outputs import AvroOutput, DurableOutput, JsonlOutput
from claimstream.intake.files import FileReport, ingest_file
from claimstream.intake.folders import files_of
from claimstream.intake.reading import FileReader
from claimstream.local.keyring import ensure_keyring
from processors.validation.examples import example_event
from schemas.contracts import ACKS_RECEIVED, CLAIMS_SUBMITTED, REMITS_RECEIVED
from schemas.errors import BadInputError
from schemas.phi import Keyring
from streams.intake import FileEvent
from tests.x12_folder import PAYMENTS, a_folder

EVENT = FileEvent(CLAIMS_SUBMITTED, "key", example_event() | {"phi": b"\x00\x01"})


def ids_of_lines(folder: Path) -> dict[str, list[str]]:
    """Return the event ids of a JSON lines output by topic, in order."""
    found: dict[str, list[str]] = {}
    for line in (folder / "out.jsonl").read_text().splitlines():
        event = json.loads(line)
        found.setdefault(event["topic"], []).append(event["event_id"])
    return found


def ids_of_containers(folder: Path) -> dict[str, list[str]]:
    """Return the event ids of Avro containers by topic, in order."""
    found = {}
    for file in folder.glob("*.avro"):
        with file.open("rb") as stream:
            events: list[Any] = list(fastavro.reader(stream))
        found[file.stem] = [event["event_id"] for event in events]
    return found


Ids = Callable[[Path], dict[str, list[str]]]
OUTPUTS: dict[str, tuple[str, Callable[[Path], DurableOutput], Ids]] = {
    "jsonl": ("out.jsonl", lambda folder: JsonlOutput(folder / "out.jsonl"), ids_of_lines),
    "avro": (".", AvroOutput, ids_of_containers),
}


def take_in(paths: list[Path], reader: FileReader, output: DurableOutput) -> list[FileReport]:
    """Take in files and folders as the command does."""
    with output:
        return [ingest_file(file, reader, output) for file in files_of(paths)]


@pytest.mark.parametrize(
    ("out", "place"),
    [
        ("jsonl", "after_produce:2"),
        ("jsonl", "before_commit:5"),
        ("avro", "after_produce:5"),
        ("avro", "before_commit:3"),
    ],
)
def test_a_folder_of_every_kind_killed_in_the_middle_and_given_twice_loses_and_repeats_nothing(
    tmp_path: Path, out: str, place: str
) -> None:
    name, make, ids_of = OUTPUTS[out]
    folder, written, whole, archive = a_folder(tmp_path / "in"), tmp_path / "out", tmp_path / "whole", tmp_path / "old"
    keyring = tmp_path / "home" / "keyring.json"
    ensure_keyring(keyring)
    reader = FileReader("demo", Keyring.load(keyring))
    take_in([folder], reader, make(whole))
    expected = ids_of(whole)
    assert {topic: len(ids) for topic, ids in expected.items()} == {
        CLAIMS_SUBMITTED.name: 12, REMITS_RECEIVED.name: PAYMENTS, ACKS_RECEIVED.name: len(expected["acks.received"]),
    }  # fmt: skip

    killed = subprocess.run(
        [sys.executable, "-m", "claimstream", "ingest", str(folder), "--out", out, "--to", str(written / name),
         "--archive", str(archive)],
        check=False, capture_output=True, timeout=300, cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "CLAIMSTREAM_HOME": str(keyring.parent), "CLAIMSTREAM_FAILPOINT": place,
             "PYTHONPATH": str(Path(__file__).parents[3])},
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    archived = sorted(archive.rglob("*.x12"))
    assert archived
    assert len(archived) + len(list(files_of([folder]))) == 4

    reports = take_in([*archived, folder], reader, make(written))
    assert [report.status for report in reports[: len(archived)]] == ["already"] * len(archived)
    assert ids_of(written) == expected
    again = take_in([*archived, folder], reader, make(written))
    assert [report.status for report in again] == ["already"] * 4
    assert ids_of(written) == expected


def test_json_lines_hold_the_topic_and_every_field(tmp_path: Path) -> None:
    with JsonlOutput(tmp_path / "out.jsonl") as output:
        output.of_file("1").publish([EVENT, EVENT])
    first, second = map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())
    assert first == second
    assert (first["topic"], first["phi"], first["service_from"]) == ("claims.submitted", "AAE=", "2026-06-01")
    assert first.keys() == {"topic", *CLAIMS_SUBMITTED.field_names}


@pytest.mark.parametrize("out", OUTPUTS)
def test_what_one_run_has_written_the_next_one_adds_to(tmp_path: Path, out: str) -> None:
    _, make, ids_of = OUTPUTS[out]
    for file_hash in ("1", "2"):
        with make(tmp_path) as output:
            one = output.of_file(file_hash)
            assert one.start(salvages=False).events == 0
            one.publish([EVENT] * 3)
            one.finish(0)
    assert ids_of(tmp_path) == {CLAIMS_SUBMITTED.name: [EVENT.fields["event_id"]] * 6}
    with make(tmp_path) as output:
        assert output.of_file("1").start(salvages=True).complete


@pytest.mark.parametrize("out", OUTPUTS)
def test_an_output_that_was_taken_away_is_begun_again(tmp_path: Path, out: str) -> None:
    _, make, ids_of = OUTPUTS[out]
    for _ in range(2):
        with make(tmp_path) as output:
            one = output.of_file("1")
            assert one.start(salvages=False).events == 0
            one.publish([EVENT])
        assert ids_of(tmp_path) == {CLAIMS_SUBMITTED.name: [EVENT.fields["event_id"]]}
        for file in tmp_path.glob("[!.]*"):
            file.unlink()


def test_a_file_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    file.write_text("precious\n")
    with pytest.raises(BadInputError, match="not as ingest has left it"), JsonlOutput(file):
        pass
    assert file.read_text() == "precious\n"
    file.unlink()
    with JsonlOutput(file) as output:
        output.of_file("1").publish([EVENT])
    file.write_text("cut")
    with pytest.raises(BadInputError, match="not as ingest has left it"), JsonlOutput(file):
        pass
    assert file.read_text() == "cut"


def test_a_ledger_that_is_none_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / ".out.jsonl.progress").write_text("[1]\n")
    with pytest.raises(BadInputError, match="not a ledger"), JsonlOutput(tmp_path / "out.jsonl"):
        pass


def test_two_runs_do_not_write_to_one_output(tmp_path: Path) -> None:
    with JsonlOutput(tmp_path / "out.jsonl"), pytest.raises(BadInputError, match="Another run"):
        JsonlOutput(tmp_path / "out.jsonl").__enter__()


def test_a_torn_last_line_of_the_ledger_counts_for_nothing(tmp_path: Path) -> None:
    with JsonlOutput(tmp_path / "out.jsonl") as output:
        output.of_file("1").publish([EVENT])
    with (tmp_path / ".out.jsonl.progress").open("a") as ledger:
        ledger.write('{"file_hash":"2","ev')
    with (tmp_path / "out.jsonl").open("a") as lines:
        lines.write('{"half')
    with JsonlOutput(tmp_path / "out.jsonl") as output:
        one = output.of_file("2")
        assert one.start(salvages=False).events == 0
        one.publish([EVENT])
    assert len(ids_of_lines(tmp_path)[CLAIMS_SUBMITTED.name]) == 2
