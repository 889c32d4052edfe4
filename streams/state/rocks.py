"""A partition store on RocksDB.

The write-ahead log is off, as in Kafka Streams: the changelog is the log. A process that is killed finds the
store as of its last flush, a prefix of the changelog, and reads the rest; one that stops flushes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from itertools import islice, takewhile
from pathlib import Path

from rocksdict import (
    BlockBasedOptions,
    Cache,
    DBCompressionType,
    Options,
    Rdict,
    WriteBatch,
    WriteBufferManager,
    WriteOptions,
)

from schemas.errors import FatalStreamError
from streams.state.position import Position
from streams.state.store import Writes

_POSITION_KEY = b"\x00position"
_BLOCK_CACHE_BYTES = 32 << 20
_MEMTABLE_BYTES = 16 << 20
_ALL_MEMTABLES_BYTES = 16 << 20
_BLOOM_BITS = 10
_MEMTABLE_BLOOM_RATIO = 0.1

_CACHE = Cache(_BLOCK_CACHE_BYTES)
_MEMTABLES = WriteBufferManager(_ALL_MEMTABLES_BYTES, allow_stall=False)
"""Both are shared by all stores of the process: memory does not grow with the number of partitions."""


class RocksStore:
    """A PartitionStore in a folder of its own.

    Args:
        folder: Its folder; made when missing. A damaged database in it is replaced by an empty one.
        memtable_bytes: Bytes written before a flush.

    Raises:
        FatalStreamError: The folder cannot be opened: another process has it, or it is not ours to write.
    """

    def __init__(self, folder: Path, memtable_bytes: int = _MEMTABLE_BYTES) -> None:
        self._folder = folder
        self._options = _options(memtable_bytes)
        self._unlogged = WriteOptions()
        self._unlogged.disable_wal = True  # an attribute, whatever the stub of the package says
        folder.parent.mkdir(parents=True, exist_ok=True)
        self.was_damaged = False
        self._open()

    def _open(self) -> None:
        try:
            self._db = Rdict(str(self._folder), self._options)
            self._position = self._stored_position()
        except Exception as error:  # the binding raises bare exceptions; only the text tells them apart
            if self.was_damaged or not _is_damage(error):
                msg = f"The state in {self._folder} cannot be opened."
                raise FatalStreamError(
                    msg, "Check that no second stage has this slot, and that the folder can be written."
                ) from error
            self.was_damaged = True
            shutil.rmtree(self._folder, ignore_errors=True)
            self._open()

    def _stored_position(self) -> Position | None:
        value = self._db.get(_POSITION_KEY)
        return None if value is None else Position.from_bytes(value)

    @property
    def position(self) -> Position | None:
        """How far the store is."""
        return self._position

    def get_many(self, keys: list[bytes]) -> list[bytes | None]:
        """Return the value of each key."""
        values: list[bytes | None] = self._db.get(keys) if keys else []
        return values

    def apply(self, writes: Writes, position: Position) -> None:
        """Change values and position in one write batch."""
        batch = WriteBatch(raw_mode=True)
        for key, value in writes.items():
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        batch.put(_POSITION_KEY, position.to_bytes())
        self._db.write(batch, self._unlogged)
        self._position = position

    def keys_between(self, first: bytes, end: bytes, limit: int) -> list[bytes]:
        """Return keys in a range."""
        return list(islice(takewhile(lambda key: key < end, self._db.keys(from_key=first)), limit))

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield every key and value."""
        yield from ((key, value) for key, value in self._db.items() if key != _POSITION_KEY)

    def size(self) -> int:
        """Return about how many keys there are."""
        return self._db.property_int_value("rocksdb.estimate-num-keys") or 0

    def wipe(self) -> None:
        """Forget everything: the folder is deleted and made anew."""
        self._db.close()
        shutil.rmtree(self._folder)
        self._open()

    def close(self) -> None:
        """Flush and close."""
        self._db.flush()
        self._db.close()  # waits for compactions; cancelling them first makes it fail


def _options(memtable_bytes: int) -> Options:
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_write_buffer_size(memtable_bytes)
    options.set_write_buffer_manager(_MEMTABLES)
    options.set_memtable_whole_key_filtering(True)
    options.set_memtable_prefix_bloom_ratio(_MEMTABLE_BLOOM_RATIO)
    options.set_keep_log_file_num(2)
    blocks = BlockBasedOptions()
    blocks.set_bloom_filter(_BLOOM_BITS, False)  # of whole keys, not of blocks
    blocks.set_block_cache(_CACHE)
    options.set_block_based_table_factory(blocks)
    return options


def _is_damage(error: Exception) -> bool:
    """Say whether files are missing or hold something else, rather than being locked or forbidden."""
    known = ("orruption", "No such file")
    return isinstance(error, (json.JSONDecodeError, TypeError)) or any(text in str(error) for text in known)
