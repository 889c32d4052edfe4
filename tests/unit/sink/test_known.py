"""What the store is asked about, and what is known before it has it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import polars as pl
import pyarrow as pa
import pytest
from clickhouse_connect.driver.client import Client

from sink import bloom
from sink.known import KnownEvents
from sink.rows import Positions

KIND = "adjudicated"
AT = Positions(0, [0], [0], "claims.adjudicated", "log")


class Store:
    """A ClickHouse that holds event ids and counts the questions."""

    def __init__(self, *ids: str) -> None:
        self.ids = list(ids)
        self.asked: list[str] = []

    def query(self, _sql: str, parameters: dict[str, Any]) -> Any:
        del parameters
        self.asked.append("count")
        return SimpleNamespace(result_rows=[(len(self.ids),)])

    @contextmanager
    def query_arrow_stream(self, _sql: str, parameters: dict[str, Any], settings: object) -> Iterator[list[pa.Table]]:
        del parameters, settings
        self.asked.append("ids")
        yield [pa.table({"key": [f"demo|{event}" for event in self.ids]})]

    def query_arrow(self, _sql: str, parameters: dict[str, Any], settings: object) -> pa.Table:
        del settings
        self.asked.append("seen")
        found = [event for event in self.ids if event in parameters["keys"]]
        return pa.table(
            {"tenant_id": pa.array(["demo"] * len(found), pa.string()), "event_id": pa.array(found, pa.string())}
        )


def events(*ids: str) -> pl.DataFrame:
    return pl.DataFrame({"tenant_id": ["demo"] * len(ids), "event_id": list(ids)})


def known_of(store: Store, settled: list[str] | None = None) -> KnownEvents:
    told = [] if settled is None else settled
    return KnownEvents(cast("Client", store), lambda: told.append("settled"))


def test_what_is_under_way_is_settled_before_the_store_is_asked() -> None:
    settled: list[str] = []
    store = Store("old")
    known = known_of(store, settled)
    assert known.seen(KIND, events("old", "new"), AT).to_list() == [True, False]
    assert len(settled) == 2, "before the filter is loaded, and before the question"


def test_new_events_are_not_asked_about_and_nothing_is_waited_for() -> None:
    settled: list[str] = []
    store = Store("old")
    known = known_of(store, settled)
    known.seen(KIND, events("first"), AT)
    settled.clear()
    store.asked.clear()
    assert known.seen(KIND, events("second"), AT).to_list() == [False]
    assert settled == []
    assert store.asked == []


def test_a_full_filter_is_loaded_anew_when_all_is_there_that_only_the_old_one_knew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bloom, "_SMALLEST_BITS", 64)
    many = [f"event-{number}" for number in range(50)]
    store = Store()
    built: list[str] = []
    known = KnownEvents(cast("Client", store), lambda: store.ids.extend(set(built) - set(store.ids)))
    assert not known.seen(KIND, events(*many), AT).any()
    built += many
    store.asked.clear()
    assert known.seen(KIND, events("event-7"), AT).to_list() == [True]
    assert store.asked == ["count", "ids", "seen"]
