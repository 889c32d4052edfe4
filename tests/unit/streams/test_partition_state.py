"""The state of a partition: what a batch writes, when it is taken over, what is let go of."""

from __future__ import annotations

from datetime import date

import pytest

from processors.history import PartitionWrites
from streams.state import partition as module
from streams.state.in_memory import InMemoryStore
from streams.state.partition import PartitionState
from streams.state.position import MARK_KEY, Mark, Position


def days(day: date) -> int:
    return (day - date(1970, 1, 1)).days


JUNE = days(date(2026, 6, 1))


def state_with(*keys: bytes) -> PartitionState:
    store = InMemoryStore()
    store.apply(dict.fromkeys(keys, b"value"), Position("log", 5))
    return PartitionState(store, "log", Mark("claims"))


def test_nothing_is_taken_over_before_the_commit_and_all_of_it_after() -> None:
    state = state_with()
    pending = state.prepare(PartitionWrites([b"Q20262x"], [b"new"], JUNE), next_offset=12)
    assert list(state.store.items()) == []
    pending.told(40)
    state.apply()
    assert state.store.get_many([b"Q20262x"]) == [b"new"]
    assert state.store.position == Position("log", 41)
    assert state.mark == Mark("claims", 12, JUNE)
    assert state.store.get_many([MARK_KEY]) == [state.mark.to_bytes()]


def test_what_was_not_committed_is_forgotten() -> None:
    state = state_with()
    state.prepare(PartitionWrites([b"Q20262x"], [b"lost"], JUNE), next_offset=12)
    state.prepare(None, next_offset=3)
    state.apply()
    assert state.store.get_many([b"Q20262x"]) == [None]
    assert state.mark.next_offset == 3


def test_an_offset_nobody_told_leaves_the_position_so_that_the_records_are_read_again() -> None:
    state = state_with()
    state.prepare(PartitionWrites([b"Q20262x"], [b"new"], JUNE), next_offset=12)
    state.apply()
    assert state.store.position == Position("log", 5)


def test_quarters_four_years_before_the_latest_service_date_are_let_go_of_and_lifetimes_are_kept() -> None:
    state = state_with(b"Lx", b"Q20212x", b"Q20221x", b"Q20222x", b"Q20262x")
    pending = state.prepare(PartitionWrites([], [], JUNE), next_offset=1)
    assert [key for key, value in pending.writes.items() if value is None] == [b"Q20212x", b"Q20221x"]
    state.apply()
    assert [key for key, _ in state.store.items()] == [b"Lx", MARK_KEY, b"Q20222x", b"Q20262x"]
    assert state.prepare(PartitionWrites([], [], JUNE), next_offset=2).writes == {}


def test_an_old_quarter_leaves_over_several_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EXPIRED_AT_ONCE", 2)
    state = state_with(b"Q20101a", b"Q20101b", b"Q20101c", b"Q20262x")
    gone = []
    for offset in range(3):
        gone.append(len(state.prepare(PartitionWrites([], [], JUNE), offset).writes))
        state.apply()
    assert gone == [2, 1, 0]


def test_a_claims_topic_made_anew_comes_after_everything_known() -> None:
    mark = Mark("first", next_offset=900, watermark_day=JUNE, generation=2)
    assert mark.for_source("first") is mark
    assert mark.for_source("second") == Mark("second", 0, JUNE, 3)
    assert Mark.from_bytes(mark.to_bytes()) == mark
