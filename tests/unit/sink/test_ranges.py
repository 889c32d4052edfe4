"""The decision where to read on, as a table; and a model of owners that die and wake up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import FatalStreamError
from sink.ranges import (
    OffsetRange,
    PartitionLedger,
    Replay,
    Resume,
    TopicPartition,
    Watermarks,
    decide,
    insert_token,
)

INTENT = OffsetRange(100, 149, 48)
MARKS = Watermarks(0, 1_000)


def ledger(done_until: int | None = None, intent: OffsetRange | None = None, version: int = 1) -> PartitionLedger:
    return PartitionLedger(None, done_until, intent, version)


@pytest.mark.parametrize(
    ("known", "committed", "marks", "expected"),
    [
        (ledger(), None, MARKS, Resume(None)),
        (ledger(), 70, MARKS, Resume(70)),
        (ledger(99), None, MARKS, Resume(100)),
        (ledger(99), 50, MARKS, Resume(100)),
        (ledger(99), 500, MARKS, Resume(100)),
        (ledger(999), 1_000, MARKS, Resume(1_000)),
        (ledger(None, INTENT), None, MARKS, Replay(INTENT)),
        (ledger(99, INTENT), 150, MARKS, Replay(INTENT)),
        (ledger(97, INTENT), None, MARKS, Replay(INTENT)),
        (ledger(149, INTENT), None, MARKS, Resume(150)),
        (ledger(120, INTENT), None, MARKS, Resume(121)),
        (ledger(99), 200, Watermarks(200, 1_000), Resume(200)),
    ],
)
def test_reading_goes_on_where_the_ledger_says(
    known: PartitionLedger, committed: int | None, marks: Watermarks, expected: Resume | Replay
) -> None:
    assert decide(known, committed, marks, 1, "t/0") == expected


@pytest.mark.parametrize(
    ("known", "committed", "marks", "says"),
    [
        (ledger(99, INTENT), None, Watermarks(101, 1_000), "range 100-149 of t/0 was begun"),
        (ledger(99, INTENT), None, Watermarks(0, 149), "range 100-149 of t/0 was begun"),
        (ledger(99, INTENT, 2), None, MARKS, "another version"),
        (ledger(1_000), None, MARKS, "stored up to offset 1000"),
        (ledger(99), None, Watermarks(200, 1_000), "deleted offsets 100-199"),
        (ledger(99), 150, Watermarks(200, 1_000), "deleted offsets 100-199"),
    ],
)
def test_what_cannot_be_known_is_not_guessed(
    known: PartitionLedger, committed: int | None, marks: Watermarks, says: str
) -> None:
    with pytest.raises(FatalStreamError, match=says):
        decide(known, committed, marks, 1, "t/0")


@pytest.mark.parametrize(("first", "last", "records"), [(5, 4, 1), (0, 3, 5), (0, 3, 0), (-1, 3, 2)])
def test_a_range_cannot_hold_more_records_than_offsets(first: int, last: int, records: int) -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        OffsetRange(first, last, records)


def test_a_token_tells_log_partition_range_table_and_version_apart() -> None:
    source = TopicPartition("claims.scored", 1)
    base = ("log", source, OffsetRange(0, 9, 10), "claims_line", 1)
    others = [
        ("log2", *base[1:]),
        ("log", TopicPartition("claims.scored", 2), *base[2:]),
        ("log", source, OffsetRange(0, 8, 9), *base[3:]),
        ("log", source, base[2], "claims_header", 1),
        (*base[:4], 2),
    ]
    assert len({insert_token(*parts) for parts in [base, *others]}) == 6


@given(st.lists(st.tuples(st.integers(1, 7), st.sampled_from(["none", "intent", "insert", "done"])), max_size=30))
def test_runs_that_die_anywhere_store_every_record_once(runs: list[tuple[int, str]]) -> None:
    end = 40
    stored: dict[str, list[int]] = {}
    done_until: int | None = None
    intent: OffsetRange | None = None
    for size, dies_after in [*runs, *[(end, "done")] * 3]:
        step = decide(ledger(done_until, intent), None, Watermarks(0, end), 1, "t/0")
        if isinstance(step, Replay):
            span = step.range
        else:
            first = step.offset or 0
            last = min(first + size, end) - 1
            if last < first or dies_after == "none":
                continue
            span = OffsetRange(first, last, last - first + 1)
        intent = span
        if dies_after in ("insert", "done"):
            stored.setdefault(str(span), list(range(span.first, span.last + 1)))  # the store knows the token
        if dies_after == "done":
            done_until = span.last
    assert sorted(n for offsets in stored.values() for n in offsets) == list(range(end))
