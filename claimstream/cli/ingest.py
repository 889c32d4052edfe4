"""claimstream ingest: publish the events of X12 files, each file once."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from claimstream.cli.exit_codes import EXIT_FAILED, EXIT_PROBLEMS
from claimstream.console import JsonOption, data, print_json, words
from claimstream.intake.file_outputs import AvroOutput, JsonlOutput
from claimstream.intake.files import FileReport, ingest_file
from claimstream.intake.folders import Disposal, files_of
from claimstream.intake.outputs import KafkaOutput, Output, StdoutOutput
from claimstream.intake.reading import FileReader
from claimstream.intake.watch import settled_files
from claimstream.local.keyring import ensure_keyring
from claimstream.settings import Settings
from schemas.errors import BadInputError, DependencyError
from schemas.phi import Keyring
from schemas.registry import schema_ids
from streams.failpoints import Failpoints

PROBLEMS_SHOWN = 20
AWAY_SECONDS = 5.0
"""How long a watch waits when the broker does not take a file, before it tries again."""


class Out(StrEnum):
    """Where events go."""

    KAFKA = "kafka"
    JSONL = "jsonl"
    AVRO = "avro"


class Memory(StrEnum):
    """What speed may cost in memory."""

    FAST = "fast"
    SMALL = "small"


def ingest(  # noqa: PLR0913, PLR0917 - one parameter for each option
    paths: Annotated[list[Path] | None, typer.Argument(help="X12 files, and folders of them.")] = None,
    watch: Annotated[Path | None, typer.Option(help="Take in what is dropped in this folder, until stopped.")] = None,
    out: Annotated[Out, typer.Option(help="Where the events go.")] = Out.KAFKA,
    to: Annotated[
        Path | None, typer.Option(help="File of jsonl (stdout if not given); folder of avro (. if not given).")
    ] = None,
    archive: Annotated[Path | None, typer.Option(help="Folder that published files are moved to.")] = None,
    quarantine: Annotated[Path | None, typer.Option(help="Folder that unreadable files are moved to.")] = None,
    salvage: Annotated[
        bool, typer.Option("--salvage", help="Publish what can be read of transaction sets that the 999 refuses.")
    ] = False,
    memory: Annotated[
        Memory, typer.Option(help="fast: compiled code, some 400 MiB; small: 64 MiB, an eighth as fast.")
    ] = Memory.FAST,
    as_json: JsonOption = False,
) -> None:
    """Publish the claims, remittances and acknowledgements of X12 files; what identifies people is sealed first.

    A file that was published before, under any name, is not published again; one that was interrupted goes on
    where it stopped.
    """
    if bool(paths) == (watch is not None):
        msg = "give files, or --watch FOLDER, not both"
        raise typer.BadParameter(msg, param_hint="PATHS")
    settings = Settings()
    files = list(files_of(paths or ()))
    output = _output(out, to, settings, memory)
    reader = replace(_reader(settings), salvages=salvage, compiles=memory is Memory.FAST)
    if watch is not None:
        disposal = Disposal(archive or watch / "archive", quarantine or watch / "quarantine")
        _watch(watch, reader, output, disposal)
        return
    reports = list(_ingest_all(files, reader, output, Disposal(archive, quarantine)))
    tell = words if out is Out.JSONL and to is None else data
    if as_json:
        if tell is words:
            sys.stderr.write(json.dumps(summary(reports)) + "\n")
        else:
            print_json(summary(reports))
    else:
        tell.print(_sentence(reports))
    _show_problems(reports)
    if any(report.problem_count and report.status != "already" for report in reports):
        useful = any(report.status != "refused" for report in reports)
        raise typer.Exit(EXIT_PROBLEMS if useful else EXIT_FAILED)


def summary(reports: list[FileReport]) -> dict[str, Any]:
    """Return what came of files: counts over all, problems, and each file."""
    events = sum((report.events for report in reports), Counter[str]())
    statuses = Counter(report.status for report in reports)
    return {
        "files": len(reports),
        "claims": events["claims.submitted"],
        "remits": events["remits.received"],
        "acks": events["acks.received"],
        "dead_letters": events["claims.dead-letter"],
        "already_published": statuses["already"],
        "refused": statuses["refused"],
        "problem_count": sum(report.problem_count for report in reports),
        "problems": [f"{report.file}: {problem}" for report in reports for problem in report.problems],
        "reports": [{**asdict(report), "events": dict(report.events)} for report in reports],
    }


def ingest_files(files: list[Path], settings: Settings) -> dict[str, Any]:
    """Publish files to Kafka and return the summary.

    Raises:
        BadInputError: A file cannot be read.
        DependencyError: The broker is away.
    """
    reader = _reader(settings)
    return summary(list(_ingest_all(files, reader, _output(Out.KAFKA, None, settings), Disposal())))


def _reader(settings: Settings) -> FileReader:
    ensure_keyring(settings.keyring_path)
    return FileReader(settings.claimstream_tenant, Keyring.load(settings.keyring_path))


def _output(out: Out, to: Path | None, settings: Settings, memory: Memory = Memory.FAST) -> Output:
    failpoints = Failpoints.from_environment()
    if out is Out.JSONL:
        return StdoutOutput(sys.stdout) if to is None else JsonlOutput(to, failpoints)
    if out is Out.AVRO:
        return AvroOutput(to or Path(), failpoints)
    settings.broker.check()
    ids = schema_ids(settings.schema_registry_url)
    return KafkaOutput(settings.broker, ids, settings.claimstream_tenant, lambda: datetime.now(UTC),
        encodes_singly=memory is Memory.SMALL)  # fmt: skip


def _ingest_all(files: list[Path], reader: FileReader, output: Output, disposal: Disposal) -> Iterator[FileReport]:
    """Take the files in one after the other, with progress by bytes."""
    sizes = [_size(file) for file in files]
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with output, Progress(*columns, console=words, transient=True) as progress:
        task = progress.add_task("reading", total=sum(sizes))
        told = replace(reader, on_bytes=lambda count: progress.advance(task, count))
        for number, file in enumerate(files, start=1):
            progress.update(task, description=f"file {number} of {len(files)}")
            report = ingest_file(file, told, output)
            disposal.put_away(file, report, datetime.now(UTC).date())
            yield report


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0  # the reader says what is wrong with it


def _watch(folder: Path, reader: FileReader, output: Output, disposal: Disposal) -> None:
    """Take in what is dropped in a folder until SIGTERM or SIGINT; one JSON line a file on stdout."""
    if not folder.is_dir():
        msg = f"There is no folder {folder}."
        raise BadInputError(msg, "Create it, then start the watch again.")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    words.print(f"watching {folder}")
    with output:
        for file in settled_files(folder, stop):
            report = _ingest_patiently(file, reader, output, stop)
            if report is None:
                continue
            disposal.put_away(file, report, datetime.now(UTC).date())
            sys.stdout.write(json.dumps(summary([report])["reports"][0]) + "\n")
            sys.stdout.flush()


def _ingest_patiently(file: Path, reader: FileReader, output: Output, stop: threading.Event) -> FileReport | None:
    """Take a file in; wait while the broker is away; leave a file that cannot be opened."""
    while not stop.is_set():
        try:
            return ingest_file(file, reader, output)
        except DependencyError as error:
            words.print(f"{error} Trying again in {AWAY_SECONDS:.0f} s.", style="yellow")
            stop.wait(AWAY_SECONDS)
        except BadInputError as error:
            words.print(str(error), style="yellow")
            return None
    return None


def _sentence(reports: list[FileReport]) -> str:
    counts = summary(reports)
    parts = [f"{counts['claims']} claims published from {counts['files']} files"]
    parts += [f"{counts[what]} {what}" for what in ("remits", "acks") if counts[what]]
    if counts["already_published"]:
        parts.append(f"{counts['already_published']} files were published before")
    return ", ".join(parts) + "."


def _show_problems(reports: list[FileReport]) -> None:
    for report in reports:
        if report.keeps_choice:
            how = "with" if report.salvages else "without"
            words.print(
                f"{report.file}: an earlier run began it {how} --salvage, and so it was finished.", style="yellow"
            )
    problems = [f"{report.file}: {problem}" for report in reports for problem in report.problems]
    for problem in problems[:PROBLEMS_SHOWN]:
        words.print(problem, style="yellow")
    if len(problems) > PROBLEMS_SHOWN:
        words.print(f"... and {len(problems) - PROBLEMS_SHOWN} more problems.")
