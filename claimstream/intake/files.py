"""Take in one file: what is new of it goes out in chunks, and what came of it is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Literal

from claimstream.intake.outputs import Output
from claimstream.intake.reading import FileReader, hash_of
from processors.x12 import X12Problem
from streams.intake import FileEvent

EVENTS_PER_CHUNK = 2_000
PROBLEMS_KEPT = 1_000

Status = Literal["published", "already", "refused"]


@dataclass
class FileReport:
    """What came of a file.

    Attributes:
        file: Its name.
        file_hash: SHA-256 (hex) of its content.
        status: published; already, when all of it was published before; refused, when nothing of it can be read.
        events: Events published now, by topic.
        resumed_after: Events that an earlier, interrupted run had published.
        problems: What is wrong in it, the first thousand; holds nothing of the patients.
        problem_count: How many problems there are.
    """

    file: str
    file_hash: str
    status: Status
    events: Counter[str] = field(default_factory=Counter)
    resumed_after: int = 0
    problems: list[str] = field(default_factory=list)
    problem_count: int = 0


def ingest_file(file: Path, reader: FileReader, output: Output) -> FileReport:
    """Publish what is not published yet of a file.

    Raises:
        BadInputError: The file cannot be read.
        DependencyError: The output does not take the events; the next run goes on where this one stopped.
    """
    file_hash = hash_of(file)
    out = output.of_file(file_hash)
    before = out.start()
    if before.complete:
        return FileReport(file.name, file_hash, "already", problem_count=before.problems)
    report = FileReport(file.name, file_hash, "published", resumed_after=before.events)
    events = _events(reader.events(file, file_hash), report)
    for _ in islice(events, before.events):
        pass  # published by the run that was interrupted
    while chunk := list(islice(events, EVENTS_PER_CHUNK)):
        out.publish(chunk)
        report.events.update(event.contract.name for event in chunk)
    if report.problem_count and not report.events and not before.events:
        report.status = "refused"  # not recorded as complete: a mended reader may read it
        return report
    out.finish(report.problem_count)
    return report


def _events(found: Iterable[FileEvent | X12Problem], report: FileReport) -> Iterator[FileEvent]:
    """Yield the events; keep the problems in the report."""
    for item in found:
        if isinstance(item, FileEvent):
            yield item
            continue
        report.problem_count += 1
        if len(report.problems) < PROBLEMS_KEPT:
            report.problems.append(str(item))
