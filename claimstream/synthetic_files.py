"""Synthetic runs as files: one a topic, the truth beside them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import IO, Protocol

import polars as pl
import pyarrow.parquet as pq

from claimstream.synthetic import Part
from schemas.codec import ColumnarEncoder
from schemas.codec.container import ContainerWriter
from schemas.contracts import ACKS_RECEIVED, CLAIMS_SUBMITTED, REMITS_RECEIVED, Contract
from schemas.errors import BadInputError
from schemas.registry import CheckedInIds


class FileForm(StrEnum):
    """Form of the files of events."""

    AVRO = "avro"
    JSONL = "jsonl"
    PARQUET = "parquet"


class _Writer(Protocol):
    def write(self, frame: pl.DataFrame) -> None: ...

    def close(self) -> None: ...


class _Avro:
    def __init__(self, stream: IO[bytes], contract: Contract) -> None:
        self._encoder = ColumnarEncoder(contract, CheckedInIds())
        self._container = ContainerWriter(stream, contract)

    def write(self, frame: pl.DataFrame) -> None:
        self._container.write(self._encoder.encode(frame))

    def close(self) -> None:
        """Leave the stream to its owner."""


class _JsonLines:
    """One JSON object a line: the topic and the fields; sealed bytes in base64, as `ingest` writes them."""

    def __init__(self, stream: IO[bytes], contract: Contract) -> None:
        self._stream, self._topic = stream, contract.name

    def write(self, frame: pl.DataFrame) -> None:
        told = frame.select(
            pl.lit(self._topic).alias("topic"), pl.all().exclude("phi"), pl.col("phi").bin.encode("base64")
        )
        self._stream.write(told.write_ndjson().encode())

    def close(self) -> None:
        """Leave the stream to its owner."""


class _Parquet:
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._writer: pq.ParquetWriter | None = None

    def write(self, frame: pl.DataFrame) -> None:
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._stream, table.schema, compression="zstd")
        self._writer.write_table(table)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def write_run(
    parts: Iterable[Part], folder: Path, form: FileForm, stories: Iterable[dict[str, object]] = ()
) -> Counter[str]:
    """Write a run and return how many claims were made and how many events of each topic there are.

    Files: TOPIC.avro, .jsonl or .parquet; truth.parquet (true probability, reason, cause and faults of each first
    submission), journey.parquet (every decision) and stories.json (planted stories). The truth never stands in an
    event.

    Raises:
        BadInputError: The folder cannot be written.
    """
    counts: Counter[str] = Counter()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            files = _Files(folder, form, stack)
            for part in parts:
                for contract, frame in _frames(part):
                    files.of_contract(contract).write(frame)
                files.of_truth("truth").write(part.truth)
                if part.journey is not None:
                    files.of_truth("journey").write(part.journey)
                counts.update({"claims": part.truth.height, **part.counts})
        told = [{name: _plain(value) for name, value in story.items()} for story in stories]
        if told:
            (folder / "stories.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        msg = f"The folder {folder} cannot be written: {error.strerror}."
        raise BadInputError(msg, "Give --to a folder that can be written.") from error
    return counts


class _Files:
    def __init__(self, folder: Path, form: FileForm, stack: ExitStack) -> None:
        self._folder, self._form, self._stack = folder, form, stack
        self._writers: dict[str, _Writer] = {}

    def of_contract(self, contract: Contract) -> _Writer:
        name = f"{contract.name}.{self._form}"
        if name not in self._writers:
            stream = self._opened(name)
            made: _Writer = _Parquet(stream)
            if self._form is FileForm.AVRO:
                made = _Avro(stream, contract)
            elif self._form is FileForm.JSONL:
                made = _JsonLines(stream, contract)
            self._keep(name, made)
        return self._writers[name]

    def of_truth(self, name: str) -> _Writer:
        if name not in self._writers:
            self._keep(name, _Parquet(self._opened(f"{name}.parquet")))
        return self._writers[name]

    def _opened(self, name: str) -> IO[bytes]:
        return self._stack.enter_context((self._folder / name).open("wb"))

    def _keep(self, name: str, writer: _Writer) -> None:
        self._stack.callback(writer.close)
        self._writers[name] = writer


def _frames(part: Part) -> Iterable[tuple[Contract, pl.DataFrame]]:
    yield CLAIMS_SUBMITTED, part.claims
    if part.acks is not None and part.remits is not None:
        yield ACKS_RECEIVED, part.acks
        yield REMITS_RECEIVED, part.remits


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, str | float | int) else str(value)
