"""claimstream ingest: parse X12 837 files and publish their claims."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from claimstream.cli.exit_codes import EXIT_FAILED, EXIT_PROBLEMS
from claimstream.console import JsonOption, data, print_json, words
from claimstream.local.stack import ensure_keyring
from claimstream.settings import Settings
from processors.x12 import ParsedClaim, X12Problem, read_claims
from schemas.codec.dtypes import frame_schema
from schemas.contracts import CLAIMS_SUBMITTED
from schemas.errors import BadInputError
from schemas.phi import Keyring, Sealer, Tokenizer
from schemas.registry import schema_ids
from streams.publish import ClaimPublisher

CHUNK_BYTES = 1 << 20
CLAIMS_PER_BATCH = 2_000
PROBLEMS_SHOWN = 20


@dataclass
class IngestResult:
    """What came of the files.

    Attributes:
        files: Files read.
        claims: Claims published.
        problems: What is wrong in the files, one sentence each; holds nothing of the patients.
    """

    files: int = 0
    claims: int = 0
    problems: list[str] = field(default_factory=list)


def ingest(
    files: Annotated[list[Path], typer.Argument(help="X12 837 files.")],
    as_json: JsonOption = False,
) -> None:
    """Parse X12 837 files and publish their claims; identifying data is sealed before it leaves this process."""
    result = ingest_files(files, Settings())
    if as_json:
        print_json(asdict(result))
    else:
        data.print(f"{result.claims} claims published from {result.files} files.")
    for problem in result.problems[:PROBLEMS_SHOWN]:
        words.print(problem, style="yellow")
    if len(result.problems) > PROBLEMS_SHOWN:
        words.print(f"... and {len(result.problems) - PROBLEMS_SHOWN} more problems.")
    if result.problems:
        raise typer.Exit(EXIT_PROBLEMS if result.claims else EXIT_FAILED)


def ingest_files(files: list[Path], settings: Settings) -> IngestResult:
    """Publish the claims of the files.

    Raises:
        BadInputError: A file is missing or cannot be read; nothing of any file is published.
        DependencyError: The broker is away.
    """
    for file in files:
        _require_readable(file)
    settings.broker.check()
    ensure_keyring(settings.keyring_path)
    keyring = Keyring.load(settings.keyring_path)
    publisher = ClaimPublisher(settings.broker, schema_ids(settings.schema_registry_url))
    result = IngestResult(files=len(files))
    for file in files:
        claims = _claims(file, settings.claimstream_tenant, keyring, result)
        while batch := list(islice(claims, CLAIMS_PER_BATCH)):
            events = [claim.event for claim in batch]
            publisher.publish(pl.DataFrame(events, schema=frame_schema(CLAIMS_SUBMITTED.schema)))
    result.claims = publisher.flush()
    return result


def _claims(file: Path, tenant_id: str, keyring: Keyring, result: IngestResult) -> Iterator[ParsedClaim]:
    found = read_claims(
        _chunks(file),
        tenant_id=tenant_id,
        sealer=Sealer(keyring),
        tokenizer=Tokenizer(keyring),
        received_at=datetime.now(UTC),
        file_hash=_file_hash(file),
    )
    for item in found:
        if isinstance(item, X12Problem):
            result.problems.append(f"{file.name}: {item}")
        else:
            yield item


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk


def _file_hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _require_readable(file: Path) -> None:
    if not file.is_file():
        msg = f"There is no file {file}."
        raise BadInputError(msg, "Give the path of an X12 837 file.")
    try:
        file.open("rb").close()
    except OSError as error:
        msg = f"The file {file} cannot be read: {error.strerror}."
        raise BadInputError(msg, "Check its permissions.") from error
