"""Bundles: many facts in one record, for the partition that their keys belong to.

Faust spends most of its time on a message, not on what is in it; a bundle lets a hundred facts cost one message.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import ormsgpack

from processors.correlation.facts import Fact
from schemas.errors import ContractError
from streams.correlation.sender import Record
from streams.topics import CORRELATION

FACTS_AT_ONCE = 200
MOST_BYTES = 600_000


def partition_of(key: str, partitions: int) -> int:
    """Return the partition of a key: every writer of facts uses this."""
    return zlib.crc32(key.encode()) % partitions


def bundled(facts: Iterable[Fact], partitions: int) -> Iterator[Record]:
    """Yield the records that carry facts, each to its partition, in order within a partition."""
    by_partition: dict[int, list[Fact]] = {}
    for fact in facts:
        by_partition.setdefault(partition_of(fact["key"], partitions), []).append(fact)
    for partition, own in by_partition.items():
        for start in range(0, len(own), FACTS_AT_ONCE):
            yield from _packed(own[start : start + FACTS_AT_ONCE], partition)


def _packed(facts: list[Fact], partition: int) -> Iterator[Record]:
    value = ormsgpack.packb(facts)
    if len(value) <= MOST_BYTES or len(facts) == 1:
        yield Record(CORRELATION.name, facts[0]["key"].encode(), value, partition)
        return
    middle = len(facts) // 2
    yield from _packed(facts[:middle], partition)
    yield from _packed(facts[middle:], partition)


def unbundled(value: bytes | None) -> list[Fact]:
    """Return the facts of a record.

    Raises:
        ContractError: The record is no bundle.
    """
    try:
        facts: list[Fact] = ormsgpack.unpackb(value or b"")
    except ormsgpack.MsgpackDecodeError:
        msg = "The record is no bundle of facts."
        raise ContractError(msg, "Only correlation writes this topic; find out who else does.") from None
    return facts
