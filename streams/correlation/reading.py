"""Reading events: messages of one contract, by column, to facts; what cannot be read goes to dead letters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from processors.correlation.facts import Fact
from schemas.codec import ColumnarDecoder
from schemas.codec.decode import MESSAGE_INDEX
from schemas.contracts import Contract
from schemas.registry import SchemaIds
from streams.dead_letters import Failure

FactMaker = Callable[[dict[str, Any]], Iterator[Fact]]


@dataclass(frozen=True)
class Received:
    """A message as dead letters want it, whichever client read it."""

    message: Any

    def topic(self) -> str:
        """Topic it was read from."""
        return str(self.message.topic)

    def partition(self) -> int:
        """Partition of that topic."""
        return int(self.message.partition)

    def offset(self) -> int:
        """Offset in that partition."""
        return int(self.message.offset)

    def value(self) -> bytes | None:
        """Raw value."""
        value: bytes | None = self.message.value
        return value


class FactReader:
    """Reads messages of one contract.

    Args:
        contract: Contract of the topic.
        ids: Schema ids.
        maker: Makes facts of one event.
        columns: Columns the maker reads; the others are not turned into Python objects.
    """

    def __init__(self, contract: Contract, ids: SchemaIds, maker: FactMaker, columns: Iterable[str]) -> None:
        self._decoder = ColumnarDecoder(contract, ids)
        self._maker = maker
        self._columns = [*(name for name in contract.field_names if name in set(columns)), MESSAGE_INDEX]

    def read(self, messages: Sequence[Any]) -> tuple[list[Fact], list[Failure]]:
        """Return the facts of messages in order, and what could not be read.

        Args:
            messages: Messages with topic, partition, offset and raw value.

        Raises:
            DependencyError: A registry that is needed does not answer.
        """
        decoded = self._decoder.decode([message.value for message in messages])
        failures = [
            Failure(Received(messages[bad.index]), "decode", bad.error_class, bad.reason, bad.remedy, bad.schema_id)
            for bad in decoded.undecodable
        ]
        facts: list[Fact] = []
        for event in physical(decoded.frame.select(self._columns)).iter_rows(named=True):
            try:
                facts += self._maker(event)
            except Exception as error:  # one bad event must not stop the others
                message = Received(messages[event[MESSAGE_INDEX]])
                failures.append(failure(message, "correlate", error, str(event.get("tenant_id") or "")))
        return facts, failures


def failure(message: Any, stage: str, error: Exception, tenant_id: str = "") -> Failure:
    """Return why a message is given up; the error's text may hold values, so only its class is told."""
    reason = f"The event cannot be correlated ({type(error).__name__})."
    return Failure(
        message, stage, type(error).__name__, reason, "Report this with the dead letter's id.", None, tenant_id
    )


def physical(frame: pl.DataFrame) -> pl.DataFrame:
    """Return dates as days and instants as microseconds since 1970, at every depth."""
    return frame.cast({name: plain_type(kind) for name, kind in frame.schema.items() if plain_type(kind) != kind})


def plain_type(kind: pl.DataType) -> pl.DataType:
    """Return the physical type of a column."""
    if isinstance(kind, pl.Date):
        return pl.Int32()
    if isinstance(kind, pl.Datetime):
        return pl.Int64()
    if isinstance(kind, pl.List):
        return pl.List(plain_type(kind.inner))  # type: ignore[arg-type]  # polars types the inner type loosely
    if isinstance(kind, pl.Struct):
        return pl.Struct({field.name: plain_type(field.dtype) for field in kind.fields})  # type: ignore[arg-type]
    return kind
