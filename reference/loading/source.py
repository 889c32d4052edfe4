"""A file that an operator gives: its bytes, its text, its header, and its records with their line numbers."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO, StringIO
from itertools import islice
from pathlib import Path

import polars as pl

from reference.errors import ReferenceDataError

LINE = "_line"
"""Column of a frame of text: the line of the file (the row, in Parquet) that a record stands in."""

_HEADER_RECORDS = 40
"""Preamble and header of every official file end before this record."""
_HEAD_BYTES = 65_536


@dataclass(frozen=True)
class Header:
    """The header of a delimited file.

    Args:
        names: The column titles as printed, without white space around them.
        lines: Number of lines of the file up to and with the header; a title may hold a line break.
        delimiter: Comma or tab.
    """

    names: tuple[str, ...]
    lines: int
    delimiter: str


@dataclass(frozen=True)
class SourceFile:
    """One file.

    Args:
        path: Where it is.
    """

    path: Path

    @property
    def name(self) -> str:
        """The name without folders."""
        return self.path.name

    @cached_property
    def content(self) -> bytes:
        """All bytes."""
        return self.path.read_bytes()

    @cached_property
    def sha256(self) -> str:
        """Hash of the bytes."""
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def head(self) -> str:
        """The first 64 KB as text, for recognition."""
        with self.path.open("rb") as file:
            return _decoded(file.read(_HEAD_BYTES))

    @cached_property
    def text(self) -> str:
        """The whole text; UTF-8, or else the Windows code page that older official files use."""
        return _decoded(self.content)

    @property
    def is_parquet(self) -> bool:
        """Whether the file is Parquet."""
        return self.path.suffix.lower() == ".parquet"

    def header(self, holds: Callable[[Sequence[str]], bool]) -> Header | None:
        """Return the first record that is a header, or None.

        Args:
            holds: Says of the titles of a record whether they are the header.
        """
        if self.is_parquet:
            try:
                names = tuple(pl.read_parquet_schema(self.path))
            except pl.exceptions.PolarsError:
                return None
            return Header(names, 0, "") if holds(names) else None
        first = self.head[:4096]
        delimiter = "\t" if first.count("\t") > first.count(",") else ","
        reader = csv.reader(StringIO(self.head), delimiter=delimiter)
        try:
            for record in islice(reader, _HEADER_RECORDS):
                titles = tuple(" ".join(title.split()) for title in record)
                if holds(titles):
                    return Header(titles, reader.line_num, delimiter)
        except csv.Error:
            return None
        return None

    def titled(self, holds: Callable[[Sequence[str]], bool]) -> Header:
        """Return the header of a file that was recognised by it.

        Raises:
            ReferenceDataError: There is no such header.
        """
        found = self.header(holds)
        if found is None:
            message = f"{self.name} has not the header that its name promises."
            raise ReferenceDataError(message, "Compare its first lines with docs/reference.md, or download it again.")
        return found

    def records(self, header: Header, names: Sequence[str], *, whole: bool = False) -> pl.DataFrame:
        """Return the records below a header as text.

        Args:
            header: The header of this file.
            names: Names for the columns, in the order of the file; "" leaves a column out.
            whole: Every record has as many fields as the header; without it footnotes and short records may follow.

        Returns:
            The named columns as text, stripped, null where empty, and the column `LINE`.

        Raises:
            ReferenceDataError: The records cannot be told apart.
        """
        frame = self._parquet() if self.is_parquet else self._delimited(header, whole=whole)
        wanted = {column: name for column, name in zip(frame.columns, names, strict=False) if name}
        return _tidy(frame.select(list(wanted)).rename(wanted)).with_row_index(LINE, header.lines + 1)

    def fixed(self, fields: dict[str, tuple[int, int]]) -> pl.DataFrame:
        """Return the fields of a file of fixed width as text.

        Args:
            fields: First and last position of each field, counted from 1 as in a record layout.

        Returns:
            The fields, stripped, null where empty, and the column `LINE`; lines of white space are left out.
        """
        lines = pl.DataFrame({"text": self.text.splitlines()}).with_row_index(LINE, 1)
        cut = [
            pl.col("text").str.slice(first - 1, last - first + 1).alias(name) for name, (first, last) in fields.items()
        ]
        return _tidy(lines.filter(pl.col("text").str.strip_chars() != "").select(LINE, *cut))

    def _delimited(self, header: Header, *, whole: bool) -> pl.DataFrame:
        if whole and (where := self._first_short(header)):
            message = f"{self.name}, line {where}: the record has fewer fields than the header has titles."
            raise ReferenceDataError(message, "The file seems to be cut off: download it again.")
        body = self._below(header)
        if not body.strip():
            message = f"{self.name} has no record below its header."
            raise ReferenceDataError(message, "Download the file again.")
        names = [f"column_{position + 1}" for position in range(len(header.names))]
        try:
            return pl.read_csv(
                body,
                has_header=False,
                schema=dict.fromkeys(names, pl.String),
                separator=header.delimiter,
                truncate_ragged_lines=True,
                missing_columns="insert",
            )
        except pl.exceptions.PolarsError as error:
            why = str(error).splitlines()[0]
            message = f"{self.name} cannot be split into records below line {header.lines}: {why}."
            raise ReferenceDataError(message, "Download the file again, or save it anew as CSV.") from error

    def _below(self, header: Header) -> bytes:
        """Return what stands below the header, in UTF-8."""
        start = 0
        for _ in range(header.lines):
            start = self.content.find(b"\n", start) + 1 or len(self.content)
        body = self.content[start:]
        return body if _is_utf8(body) else _decoded(body).encode()

    def _first_short(self, header: Header) -> int | None:
        """Return the line of the first record that has fewer fields than the header."""
        reader = csv.reader(StringIO(self._below(header).decode()), delimiter=header.delimiter)
        short = (header.lines + reader.line_num for record in reader if 0 < len(record) < len(header.names))
        return next(short, None)

    def _parquet(self) -> pl.DataFrame:
        try:
            return pl.read_parquet(BytesIO(self.content))
        except pl.exceptions.PolarsError as error:
            message = f"{self.name} is not a Parquet file that can be read."
            raise ReferenceDataError(message, "Write the file again.") from error


def _tidy(frame: pl.DataFrame) -> pl.DataFrame:
    text = pl.selectors.string()
    return frame.with_columns(text.str.strip_chars()).with_columns(pl.when(text != "").then(text).name.keep())


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start >= len(content) - 3 and len(content) == _HEAD_BYTES:  # a character cut at the end of the head
            return content[: error.start].decode("utf-8-sig")
        return content.decode("cp1252", errors="replace")
