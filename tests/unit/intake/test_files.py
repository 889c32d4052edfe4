"""Taking files in: what is new goes out once, what is wrong is told, and files are put away."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimstream.intake.files import EVENTS_PER_CHUNK, FileReport, ingest_file
from claimstream.intake.folders import Disposal, files_of
from claimstream.intake.outputs import StdoutOutput
from claimstream.intake.reading import FileReader, hash_of
from claimstream.intake.watch import settled_files
from processors.x12 import X12Problem
from schemas.contracts import CLAIMS_SUBMITTED
from schemas.errors import BadInputError, DependencyError
from streams.file_ledger import FileProgress
from streams.intake import FileEvent, FileItem, single_events

TODAY = date(2026, 6, 15)


@dataclass(frozen=True)
class FakeReader:
    """Reads a file of which every line is an event, or a problem when it begins with a question mark.

    A line that begins with an exclamation mark is an event for those who salvage.
    """

    salvages: bool = False
    compiles: bool = True

    def events(self, file: Path, file_hash: str) -> Iterator[FileEvent | X12Problem]:
        for line in file.read_text().splitlines():
            if line.startswith("?"):
                yield X12Problem("error", "claim", "odd", f"{line} is odd.", "Mend it.")
            elif self.salvages or not line.startswith("!"):
                yield FileEvent(CLAIMS_SUBMITTED, "key", {"event_id": line})


class MemoryOutput:
    """Keeps what was published, file by file; fails before the chunk it is told to."""

    def __init__(self, fail_before_chunk: int | None = None) -> None:
        self.published: dict[str, list[str]] = {}
        self.complete: dict[str, FileProgress] = {}
        self.fail_before_chunk = fail_before_chunk
        self.begun: dict[str, FileProgress] = {}
        self._hash = ""
        self._progress = FileProgress()

    def of_file(self, file_hash: str) -> MemoryOutput:
        self._hash = file_hash
        return self

    def start(self, *, salvages: bool) -> FileProgress:
        self._progress = self.complete.get(self._hash, self.begun.get(self._hash, FileProgress())).begun(
            salvages=salvages
        )
        self.published.setdefault(self._hash, [])
        return self._progress

    def publish(self, items: Sequence[FileItem]) -> None:
        if self.fail_before_chunk == 0:
            self.fail_before_chunk = None
            msg = "away"
            raise DependencyError(msg)
        if self.fail_before_chunk is not None:
            self.fail_before_chunk -= 1
        self.published[self._hash] += [event.fields["event_id"] for event in single_events(items)]
        self._progress = self.begun[self._hash] = replace(self._progress, events=len(self.published[self._hash]))

    def finish(self, problems: int) -> None:
        self.complete[self._hash] = FileProgress(len(self.published[self._hash]), complete=True, problems=problems)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


READER = cast("FileReader", FakeReader())


def a_file(folder: Path, lines: Sequence[str], name: str = "a.x12") -> Path:
    file = folder / name
    file.write_text("\n".join(lines))
    return file


def test_a_file_is_published_in_order_and_a_second_time_not_at_all(tmp_path: Path) -> None:
    lines = [str(n) for n in range(EVENTS_PER_CHUNK + 5)]
    output = MemoryOutput()
    report = ingest_file(a_file(tmp_path, lines), READER, output)
    again = ingest_file(a_file(tmp_path, lines, "another-name.x12"), READER, output)
    assert (report.status, report.events[CLAIMS_SUBMITTED.name], again.status) == ("published", len(lines), "already")
    assert output.published == {report.file_hash: lines}


@given(chunk=st.integers(0, 2), events=st.integers(1, 3 * EVENTS_PER_CHUNK), odd=st.sets(st.integers(0, 50)))
def test_an_interrupted_file_loses_and_repeats_nothing(
    tmp_path_factory: pytest.TempPathFactory, chunk: int, events: int, odd: set[int]
) -> None:
    lines = [f"?{n}" if n in odd else str(n) for n in range(events)]
    file, output = a_file(tmp_path_factory.mktemp("in"), lines), MemoryOutput(fail_before_chunk=chunk)
    try:
        ingest_file(file, READER, output)
    except DependencyError:
        report = ingest_file(file, READER, output)
        assert report.resumed_after == chunk * EVENTS_PER_CHUNK
    assert output.published[hash_of(file)] == [line for line in lines if not line.startswith("?")]


def test_a_file_of_nothing_but_problems_is_refused_and_read_again_next_time(tmp_path: Path) -> None:
    output = MemoryOutput()
    file = a_file(tmp_path, ["?1", "?2"])
    for _ in range(2):
        report = ingest_file(file, READER, output)
        assert (report.status, report.problem_count) == ("refused", 2)
    assert not output.complete


def test_problems_beyond_the_first_thousand_are_counted(tmp_path: Path) -> None:
    report = ingest_file(a_file(tmp_path, ["1", *(f"?{n}" for n in range(1_500))]), READER, MemoryOutput())
    assert (report.problem_count, len(report.problems)) == (1_500, 1_000)


def test_folders_are_read_by_name_without_hidden_and_unfinished_files(tmp_path: Path) -> None:
    for name in ("b.x12", "a.x12", ".hidden", "c.x12.part", "d.tmp"):
        a_file(tmp_path, ["1"], name)
    (tmp_path / "sub").mkdir()
    assert [file.name for file in files_of([tmp_path])] == ["a.x12", "b.x12"]
    with pytest.raises(BadInputError, match="no file"):
        list(files_of([tmp_path / "missing"]))


def test_files_of_one_name_do_not_overwrite_each_other_in_the_archive(tmp_path: Path) -> None:
    disposal = Disposal(tmp_path / "archive", tmp_path / "quarantine")
    places = []
    for content, digest in (("one", "1" * 64), ("two", "2" * 64)):
        file = a_file(tmp_path, [content])
        places.append(disposal.put_away(file, FileReport(file.name, digest, "published"), TODAY))
    assert [place.read_text() for place in places if place] == ["one", "two"]
    assert not (tmp_path / "a.x12").exists()


def test_a_refused_file_lies_in_quarantine_beside_what_is_wrong_with_it(tmp_path: Path) -> None:
    report = FileReport("a.x12", "1" * 64, "refused", problems=["bad"], problem_count=1)
    place = Disposal(tmp_path / "archive", tmp_path / "quarantine").put_away(a_file(tmp_path, ["x"]), report, TODAY)
    assert place == tmp_path / "quarantine" / "2026-06-15" / "a.x12"
    assert json.loads((place.parent / "a.x12.problems.json").read_text()) == {"problems": ["bad"], "count": 1}


def test_a_growing_file_is_left_until_it_has_settled(tmp_path: Path) -> None:
    stop = threading.Event()
    watched = settled_files(tmp_path, stop, scan_seconds=0.02)
    file = a_file(tmp_path, ["1"])
    writer = threading.Thread(target=_grow, args=(file,))
    writer.start()
    found = next(watched)
    assert not writer.is_alive()
    assert found.read_text() == "1" + "x" * 30
    stop.set()
    assert next(watched, None) is None


def _grow(file: Path) -> None:
    pause = threading.Event()
    for _ in range(30):
        with file.open("a") as stream:
            stream.write("x")
        pause.wait(0.01)


@pytest.mark.parametrize("began", [True, False])
def test_a_file_that_was_begun_goes_on_with_the_choice_it_was_begun_with(tmp_path: Path, began: bool) -> None:
    lines = [f"!{n}" if n % 10 == 0 else str(n) for n in range(2 * EVENTS_PER_CHUNK)]
    file, output = a_file(tmp_path, lines), MemoryOutput(fail_before_chunk=1)
    with pytest.raises(DependencyError):
        ingest_file(file, cast("FileReader", FakeReader(began)), output)
    report = ingest_file(file, cast("FileReader", FakeReader(not began)), output)
    assert (report.salvages, report.keeps_choice) == (began, True)
    assert output.published[report.file_hash] == [line for line in lines if began or not line.startswith("!")]


def test_a_file_of_which_nothing_was_published_may_be_given_again_with_the_other_choice(tmp_path: Path) -> None:
    file, output = a_file(tmp_path, ["?1", "!2"]), MemoryOutput()
    assert ingest_file(file, READER, output).status == "refused"
    report = ingest_file(file, cast("FileReader", FakeReader(salvages=True)), output)
    assert (report.status, report.salvages, report.keeps_choice) == ("published", True, False)


def test_json_lines_go_to_stdout_when_no_file_is_named() -> None:
    stdout = io.StringIO()
    with StdoutOutput(stdout) as output:
        output.of_file("").publish([FileEvent(CLAIMS_SUBMITTED, "key", {"event_id": "1"})])
    assert json.loads(stdout.getvalue()) == {"topic": "claims.submitted", "event_id": "1"}
