"""Writes to a RocksDB store without end, for a test that kills it; the argument is its folder."""

from __future__ import annotations

import sys
from pathlib import Path

from streams.state.position import Position
from streams.state.rocks import RocksStore

KEYS = 50
VALUE_BYTES = 400
SMALL_MEMTABLE_BYTES = 64 << 10
"""So small that a flush is always going on."""


def value_of(number: int) -> bytes:
    """Return the value that every key has after write number so and so."""
    return number.to_bytes(8, "big") * (VALUE_BYTES // 8)


def main() -> None:
    """Set all keys to the same value, one write batch after the other; say when the first is done."""
    store = RocksStore(Path(sys.argv[1]), SMALL_MEMTABLE_BYTES)
    number = store.position.next_offset if store.position else 0
    while True:
        number += 1
        store.apply({f"key-{key}".encode(): value_of(number) for key in range(KEYS)}, Position("log", number))
        if number % 100 == 0:
            sys.stdout.write(".")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
