"""Rounds of ranges: what is inserted beside what, and in which order the ledger hears of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, cast

import polars as pl
import pyarrow as pa
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import OperationalError

from schemas.codec import Decoded
from sink.assignment import Assignment, Ownership
from sink.buckets import Bucket
from sink.failpoints import Failpoints
from sink.inserts import Inserts
from sink.ledger import Ledger, Ranges
from sink.observer import RangeReport, SilentObserver
from sink.ranges import Claim, TopicPartition
from sink.rounds import Load, Rounds
from sink.rows import ROWS_VERSION, Positions, Tables
from sink.rows.events import Known, NothingKnown
from sink.writer import Route

CLAIM = Claim(1, "test")
LONG = 10.0


class Reader:
    """Decodes nothing: every value is a row."""

    def decode(self, values: list[bytes | None]) -> Decoded:
        return Decoded(pl.DataFrame({"value": values}), [])


class World(SilentObserver):
    """Everything around the rounds, writing down what happens to it, in order."""

    write_compression = None

    def __init__(self) -> None:
        self.happened: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.failing: list[str] = []
        self.reports: list[RangeReport] = []
        self.inserts = Inserts([cast("Client", self), cast("Client", self)])
        route = Route(Reader(), self.tables)
        self.rounds = Rounds(
            cast("Assignment", self), cast("Ledger", self), self.inserts, {"claims": route, "items": route}, self,
            Failpoints(), self.retry,
        )  # fmt: skip

    def range_written(self, report: RangeReport) -> None:
        """As an observer does."""
        self.reports.append(report)

    def tables(self, frame: pl.DataFrame, positions: Positions, known: Known) -> Tables:
        known.seen("any", frame, positions)
        self.happened.append(f"built {positions.topic} {positions.offsets[0]}")
        rows = pa.table({"value": frame["value"].to_arrow()})
        return {"header": rows, "lines": pa.concat_tables([rows, rows])}

    def raw_insert(self, table: str, columns: list[str], block: pa.Buffer, settings: dict[str, Any], fmt: str) -> None:
        """As the client does."""
        assert self.gate.wait(LONG)
        token = settings["insert_deduplication_token"]
        if token in self.failing:
            self.failing.remove(token)
            self.happened.append(f"refused {token}")
            raise OperationalError
        self.happened.append(f"inserted {token}")

    def close(self) -> None:
        """As the client does."""

    def log_id(self, source: TopicPartition) -> str:
        """As the ledger does."""
        return "log"

    def intend(self, ranges: Ranges) -> None:
        """As the ledger does."""
        self.happened += [f"intent {source.topic} {span}" for source, span, _ in ranges]

    def done(self, ranges: Ranges) -> None:
        """As the ledger does."""
        self.happened += [f"done {source.topic} {span}" for source, span, _ in ranges]

    def check_claims(self, involved: object) -> None:
        """As the assignment does."""

    def commit(self, offsets: dict[TopicPartition, int]) -> None:
        """As the assignment does."""
        self.happened += [f"offset {source.topic} {offset}" for source, offset in offsets.items()]

    def retry(self, call: Callable[[], Any], what: str) -> Any:
        """Once more after each failure."""
        while True:
            try:
                return call()
            except OperationalError:
                self.inserts.wait()

    def position(self, start: str) -> int:
        """Where in the order the first event that begins so stands."""
        return next(place for place, event in enumerate(self.happened) if event.startswith(start))


class AsksAlways:
    """Known events that ask the store about every range."""

    def __init__(self, catch_up: Callable[[], None]) -> None:
        self.catch_up = catch_up

    def seen(self, event_type: str, events: pl.DataFrame, positions: Positions) -> pl.Series:
        self.catch_up()
        return NothingKnown().seen(event_type, events, positions)

    def latest(self, event_type: str, statements: pl.DataFrame, positions: Positions) -> pl.DataFrame:
        self.catch_up()
        return NothingKnown().latest(event_type, statements, positions)


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.gate.set()
    made.inserts.close()


def load(ownership: Ownership, first: int, records: int = 2) -> Load:
    """A closed bucket of a partition."""
    offsets = list(range(first, first + records))
    bucket = Bucket(0.0, [b"x"] * records, offsets, [1] * records, bytes_read=records)
    return Load(ownership, bucket, 0.0)


def owned(topic: str) -> Ownership:
    return Ownership(TopicPartition(topic, 0), claim=CLAIM)


def test_the_next_range_is_built_while_one_is_being_inserted(world: World) -> None:
    claims = owned("claims")
    world.gate.clear()
    world.rounds.bring([load(claims, 0)], NothingKnown())
    assert world.rounds.under_way
    assert not world.inserts.idle
    opened = threading.Timer(0.2, world.gate.set)
    opened.start()
    world.rounds.bring([load(claims, 2)], NothingKnown())
    assert world.position("built claims 2") < world.position("inserted log/claims/0/0-1")


def test_a_partition_never_has_two_open_intents(world: World) -> None:
    claims = owned("claims")
    world.rounds.bring([load(claims, 0), load(claims, 2), load(claims, 4)], NothingKnown())
    world.rounds.settle()
    ledger = [event for event in world.happened if event.split()[0] in {"intent", "done"}]
    assert ledger == [f"{state} claims {first}-{first + 1}" for first in (0, 2, 4) for state in ("intent", "done")]


def test_nothing_is_inserted_before_its_intent_nor_done_before_all_its_inserts(world: World) -> None:
    world.rounds.bring([load(owned("items"), 0, 3), load(owned("claims"), 0, 9)], NothingKnown())
    world.rounds.settle()
    for topic, span in (("claims", "0-8"), ("items", "0-2")):
        token = f"inserted log/{topic}/0/{span}/"
        inserted = [place for place, event in enumerate(world.happened) if event.startswith(token)]
        assert len(inserted) == 2
        assert world.position(f"intent {topic}") < min(inserted)
        assert max(inserted) < world.position(f"done {topic}") < world.position(f"offset {topic}")
    assert world.position("built claims") < world.position("built items"), "the largest first"
    assert {report.source.topic: report.rows for report in world.reports} == {
        "claims": {"header": 9, "lines": 18}, "items": {"header": 3, "lines": 6},
    }  # fmt: skip


def test_what_is_under_way_is_there_before_the_store_is_asked_about_the_next_range(world: World) -> None:
    claims = owned("claims")
    world.rounds.bring([load(claims, 0), load(claims, 2)], AsksAlways(world.rounds.catch_up))
    assert world.position("done claims 0-1") < world.position("built claims 2")


def test_what_is_built_of_a_round_is_there_before_the_store_is_asked_about_another_partition(world: World) -> None:
    """Attempts of one lineage may lie in several partitions."""
    world.rounds.bring([load(owned("claims"), 0, 5), load(owned("items"), 0)], AsksAlways(world.rounds.catch_up))
    assert world.position("done claims 0-4") < world.position("built items 0")


def test_only_what_failed_is_inserted_again(world: World) -> None:
    world.failing = [f"log/claims/0/0-1/lines/v{ROWS_VERSION}"]
    world.rounds.bring([load(owned("claims"), 0)], NothingKnown())
    world.rounds.settle()
    tokens = [event.split("/")[-2] for event in world.happened if event.startswith("inserted")]
    assert sorted(tokens) == ["header", "lines"]
    assert world.position("refused") < world.position("done")
    assert world.happened.count("done claims 0-1") == 1


def test_a_range_whose_partition_went_away_is_neither_tried_again_nor_marked_done(world: World) -> None:
    claims, items = owned("claims"), owned("items")
    world.gate.clear()
    world.failing = [f"log/claims/0/0-4/lines/v{ROWS_VERSION}"]
    world.rounds.bring([load(claims, 0, 5), load(items, 0)], NothingKnown())
    claims.alive = False
    world.gate.set()
    world.rounds.settle()
    assert [event for event in world.happened if event.startswith("done")] == ["done items 0-1"]
    assert not any(event.startswith("inserted log/claims/0/0-4/lines") for event in world.happened)


def test_an_inserted_round_is_marked_done_without_waiting_for_the_next(world: World) -> None:
    world.gate.clear()
    world.rounds.bring([load(owned("claims"), 0)], NothingKnown())
    world.rounds.settle_if_idle()
    assert world.rounds.under_way
    world.gate.set()
    world.inserts.wait()
    world.rounds.settle_if_idle()
    assert "done claims 0-1" in world.happened
