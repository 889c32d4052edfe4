"""One behaviour of partition stores, whichever engine keeps them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.errors import FatalStreamError
from streams.state.in_memory import InMemoryStore
from streams.state.position import Position
from streams.state.rocks import RocksStore
from streams.state.store import PartitionStore

Open = Callable[[], PartitionStore]


@pytest.fixture(params=["rocks", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> PartitionStore:
    return RocksStore(tmp_path / "0") if request.param == "rocks" else InMemoryStore()


def at(offset: int) -> Position:
    return Position("topic", offset)


def test_a_new_store_has_no_position_and_no_values(store: PartitionStore) -> None:
    assert store.position is None
    assert store.get_many([b"a", b"b"]) == [None, None]
    assert store.get_many([]) == []
    assert list(store.items()) == []


def test_values_and_position_change_together_and_none_deletes(store: PartitionStore) -> None:
    store.apply({b"b": b"2", b"a": b"1"}, at(3))
    store.apply({b"a": None, b"c": b"", b"b": b"3"}, at(7))
    assert store.position == at(7)
    assert store.get_many([b"c", b"a", b"b"]) == [b"", None, b"3"]
    assert list(store.items()) == [(b"b", b"3"), (b"c", b"")]


def test_keys_of_a_range_come_in_order_and_are_limited(store: PartitionStore) -> None:
    store.apply(dict.fromkeys((b"L1", b"Q20252x", b"Q20251x", b"Q20251a", b"Q20261x", b"M"), b""), at(1))
    assert store.keys_between(b"Q", b"Q20261", 10) == [b"Q20251a", b"Q20251x", b"Q20252x"]
    assert store.keys_between(b"Q", b"Q20261", 2) == [b"Q20251a", b"Q20251x"]
    assert store.keys_between(b"Q20251a\x00", b"Q20252", 10) == [b"Q20251x"]


def test_a_wiped_store_is_as_new(store: PartitionStore) -> None:
    store.apply({b"a": b"1"}, at(3))
    store.wipe()
    assert store.position is None
    assert list(store.items()) == []
    store.apply({b"a": b"2"}, at(1))
    assert store.get_many([b"a"]) == [b"2"]


def test_a_closed_rocks_store_opens_with_everything_it_had(tmp_path: Path) -> None:
    first = RocksStore(tmp_path / "0")
    first.apply({b"a": b"1"}, at(3))
    first.close()
    again = RocksStore(tmp_path / "0")
    assert again.position == at(3)
    assert list(again.items()) == [(b"a", b"1")]


def test_a_rocks_store_that_another_has_open_is_refused_and_left_alone(tmp_path: Path) -> None:
    first = RocksStore(tmp_path / "0")
    first.apply({b"a": b"1"}, at(3))
    with pytest.raises(FatalStreamError, match="cannot be opened"):
        RocksStore(tmp_path / "0")
    assert first.get_many([b"a"]) == [b"1"]


@pytest.mark.parametrize("damage", ["garbled", "missing"])
def test_a_damaged_rocks_store_is_replaced_by_an_empty_one_and_says_so(tmp_path: Path, damage: str) -> None:
    first = RocksStore(tmp_path / "0")
    first.apply({b"a": b"1"}, at(3))
    first.close()
    [manifest] = (tmp_path / "0").glob("MANIFEST-*")
    manifest.write_bytes(b"rubbish" * 20) if damage == "garbled" else manifest.unlink()
    again = RocksStore(tmp_path / "0")
    assert again.was_damaged
    assert again.position is None
