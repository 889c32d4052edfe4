"""Take in one file: what is new of it goes out in chunks, and what came of it is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from claimstream.intake.collector import rare_collection
from claimstream.intake.outputs import Output
from claimstream.intake.reading import FileReader, hash_of
from processors.x12 import X12Problem
from streams.intake import BatchEvents, FileItem, size_of

EVENTS_PER_CHUNK = 2_000
SMALL_CHUNK = 50
"""Events of a chunk where memory is to stay small: they are held as mappings."""
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
        salvages: Whether what can be read of refused transaction sets was published too.
        keeps_choice: Whether that was decided by the earlier run that began the file, against what is asked now.
    """

    file: str
    file_hash: str
    status: Status
    events: Counter[str] = field(default_factory=Counter)
    resumed_after: int = 0
    problems: list[str] = field(default_factory=list)
    problem_count: int = 0
    salvages: bool = False
    keeps_choice: bool = False


def ingest_file(file: Path, reader: FileReader, output: Output) -> FileReport:
    """Publish what is not published yet of a file; one that was begun goes on with the choice it was begun with.

    Raises:
        BadInputError: The file cannot be read.
        DependencyError: The output does not take the events; the next run goes on where this one stopped.
    """
    file_hash = hash_of(file)
    out = output.of_file(file_hash)
    asked = reader.salvages
    before = out.start(salvages=asked)
    salvages = asked if before.salvages is None else before.salvages
    if before.complete:
        return FileReport(file.name, file_hash, "already", problem_count=before.problems, salvages=salvages)
    report = FileReport(file.name, file_hash, "published", resumed_after=before.events, salvages=salvages,
        keeps_choice=salvages != asked)  # fmt: skip
    reader = replace(reader, salvages=salvages)
    most = EVENTS_PER_CHUNK if reader.compiles else SMALL_CHUNK
    with rare_collection():
        for chunk in _chunks(_events(reader.events(file, file_hash), report), before.events, most):
            out.publish(chunk)
            for item in chunk:
                report.events[item.contract.name] += size_of([item])
    if report.problem_count and not report.events and not before.events:
        report.status = "refused"  # not recorded as complete: a mended reader may read it
        return report
    out.finish(report.problem_count)
    return report


def _chunks(items: Iterable[FileItem], skip: int, most: int) -> Iterator[list[FileItem]]:
    """Yield the items after the first events, which an interrupted run has published, in chunks of so many events.

    Where chunks end does not depend on how claims were read together.
    """
    chunk: list[FileItem] = []
    room = most
    for item in items:
        rest: FileItem | None = item
        while rest is not None:
            taken, rest, counted = _split(rest, skip or room)
            if skip:
                skip -= counted
                continue
            chunk.append(taken)
            room -= counted
            if not room:
                yield chunk
                chunk, room = [], most
    if chunk:
        yield chunk


def _split(item: FileItem, most: int) -> tuple[FileItem, FileItem | None, int]:
    """Return at most so many events of an item, the rest of it, and how many they are."""
    if not isinstance(item, BatchEvents) or len(item) <= most:
        return item, None, size_of([item])
    return item.part(0, most), item.part(most, len(item)), most


def _events(found: Iterable[FileItem | X12Problem], report: FileReport) -> Iterator[FileItem]:
    """Yield the events; keep the problems in the report."""
    for item in found:
        if not isinstance(item, X12Problem):
            yield item
            continue
        report.problem_count += 1
        if len(report.problems) < PROBLEMS_KEPT:
            report.problems.append(str(item))
