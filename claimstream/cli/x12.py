"""claimstream x12: check a file, acknowledge it, show a claim of it, write claims; claimstream lineage."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from claimstream.cli.exit_codes import EXIT_FAILED, EXIT_PROBLEMS
from claimstream.console import JsonOption, data, print_json, words
from claimstream.settings import Settings
from claimstream.x12.answers import ack_files
from claimstream.x12.claims_in import claims_with_phi
from claimstream.x12.files import require_file
from claimstream.x12.lookup import claim_segments, event_segments, shown
from claimstream.x12.report import FileReport, read_report
from processors.x12 import X12Problem
from processors.x12.writers.claims837 import write_claims
from processors.x12.writers.interchange import Address
from schemas.errors import BadInputError

PROBLEMS_SHOWN = 50
_ALWAYS_SHOWN = frozenset({"interchanges", "transactions", "claims", "remit_claims", "ack_records", "balanced"})

app = typer.Typer(help="X12 files: check, acknowledge, show and write.", no_args_is_help=True)

FileArgument = Annotated[Path, typer.Argument(help="An X12 file: 837, 835, 999, 997 or 277CA.")]
PhiOption = Annotated[bool, typer.Option("--phi", help="Show identifying data instead of masking them.")]


@app.command("check")
def check(file: FileArgument, as_json: JsonOption = False) -> None:
    """Read a file of any kind and say what is in it and what is wrong with it; nothing is published."""
    report = read_report(require_file(file))
    if as_json:
        print_json(report.to_json())
    else:
        _print_report(file, report)
    if report.is_unreadable:
        raise typer.Exit(EXIT_FAILED)
    if report.has_errors:
        raise typer.Exit(EXIT_PROBLEMS)


def _print_report(file: Path, report: FileReport) -> None:
    summary = Table(title=file.name, show_header=False)
    summary.add_column()
    summary.add_column(justify="right")
    for name, value in report.to_json().items():
        if name in ("errors", "warnings"):
            summary.add_row(name, str(len(value)))
        elif value or name in _ALWAYS_SHOWN:
            summary.add_row(name.replace("_", " "), _words(value))
    data.print(summary)
    if report.problems:
        data.print(_problem_table(report.problems))
    if len(report.problems) > PROBLEMS_SHOWN:
        words.print(f"... and {len(report.problems) - PROBLEMS_SHOWN} more; --json shows all.")


def _words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items())
    return {True: "yes", False: "no", None: "-"}[value] if value is None or isinstance(value, bool) else str(value)


def _problem_table(problems: Iterable[X12Problem]) -> Table:
    table = Table("severity", "where", "claim", "what is wrong, and what to do")
    for problem in list(problems)[:PROBLEMS_SHOWN]:
        where = f"byte {problem.byte_offset}"
        if problem.segment_position:
            where = f"{problem.segment_id} {problem.segment_position}"
            where += "" if problem.element is None else f", element {problem.element}"
        claim = "" if problem.claim_ordinal is None else str(problem.claim_ordinal)
        table.add_row(problem.severity, where, claim, f"{problem.message}. {problem.remedy}")
    return table


@app.command("ack")
def ack(
    file: FileArgument,
    out: Annotated[Path | None, typer.Option(help="Folder for the answers; without it they go to stdout.")] = None,
    findings: Annotated[
        Path | None,
        typer.Option(help="JSON lines of claim_id and statuses (such as A7:562:85): claims that validation rejects."),
    ] = None,
    control: Annotated[int, typer.Option(min=1, help="ISA13 of the first answer.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Write the TA1, 999 and 277CA that a received file is due."""
    answers = ack_files(require_file(file), datetime.now(UTC), control, findings)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for answer in answers:
            (out / answer.name).write_bytes(answer.content)
    elif not as_json:
        for answer in answers:
            sys.stdout.write(answer.content.decode())
    if as_json:
        print_json({"answers": [{"file": one.name, "kind": one.kind, "bytes": len(one.content)} for one in answers]})
    if not answers:
        words.print("No answer is due: the file holds nothing that is acknowledged.")
    if any(answer.rejects for answer in answers):
        raise typer.Exit(EXIT_PROBLEMS)


@app.command("show")
def show(
    file: FileArgument,
    claim: Annotated[str, typer.Option(help="Number of the claim in the file, its account number, or its claim id.")],
    phi: PhiOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show the segments of one claim, claim payment or claim status."""
    found = claim_segments(require_file(file), claim, Settings())
    if not found:
        msg = "There is no such claim in the file."
        raise BadInputError(msg, "Give its number (from 1), account number, claim id or control token.")
    _print_segments(found, phi=phi, as_json=as_json)


def lineage(
    digest: Annotated[str, typer.Argument(metavar="HASH", help="The _hash of an event.")],
    file: Annotated[Path, typer.Option("--file", help="The file the event came from.")],
    phi: PhiOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show the segments an event was made of, found by its _hash; exit code 3 when the file does not hold them."""
    found = event_segments(require_file(file), digest.strip().lower())
    if not found:
        words.print("No event of this file has that hash.")
        raise typer.Exit(EXIT_PROBLEMS)
    _print_segments(found, phi=phi, as_json=as_json)


def _print_segments(found: list[dict[str, Any]], *, phi: bool, as_json: bool) -> None:
    places = [shown(one, phi=phi) for one in found]
    if as_json:
        print_json({"found": places})
        return
    for place in places:
        data.print(f"bytes {place['byte_start']} to {place['byte_end']}, {place['kind']} {place['number']}")
        for segment in place["segments"]:
            sys.stdout.write(segment + "\n")


@app.command("write")
def write(
    file: Annotated[
        Path, typer.Argument(help="JSON lines of claims, each with its opened phi as phi_fields; - reads stdin.")
    ],
    sender: Annotated[str, typer.Option(help="ISA06 and submitter id.")] = "CLAIMSTREAM",
    receiver: Annotated[str, typer.Option(help="ISA08 and receiver id.")] = "RECEIVER",
    out: Annotated[Path | None, typer.Option(help="File to write; without it stdout.")] = None,
    control: Annotated[int, typer.Option(min=1, help="ISA13 of the first interchange.")] = 1,
    usage: Annotated[str, typer.Option(help="ISA15: P production, T test.")] = "P",
) -> None:
    """Write claims (canonical JSON) as 837 files: professional, institutional and dental."""
    counts: Counter[str] = Counter()
    parts = write_claims(
        _counted(claims_with_phi(file, Settings()), counts),
        Address(sender=sender, receiver=receiver, usage=usage),
        datetime.now(UTC),
        control,
    )
    if out is None:
        for part in parts:
            sys.stdout.write(part.decode())
    else:
        with out.open("wb") as stream:
            stream.writelines(parts)
    words.print(f"{counts.total()} claims written.")


def _counted(claims: Iterable[tuple[Any, Any]], counts: Counter[str]) -> Iterator[tuple[Any, Any]]:
    for event, phi in claims:
        counts[event["claim_type"]] += 1
        yield event, phi
