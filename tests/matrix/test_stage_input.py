"""Rows 15 to 20: what arrives is poison, of another schema, a duplicate or of another time; or a step breaks on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import numpy as np
import polars as pl
import pytest
from confluent_kafka.schema_registry.error import SchemaRegistryError

from processors import pipeline
from processors.batch import ClaimBatch
from processors.scoring import Scorer, score
from schemas.codec import ColumnarDecoder, ColumnarEncoder
from schemas.contracts import CLAIMS_SUBMITTED, DEAD_LETTER, Contract
from schemas.errors import ContractError, DependencyError
from schemas.phi import Keyring, Sealer
from schemas.registry import CheckedInIds, RegistryIds, SchemaIds
from streams.publish import ClaimPublisher
from streams.state.partition import PartitionState
from streams.topics import DEAD_LETTERS, SUBMITTED
from tests.e2e.system import System
from tests.matrix.history_system import (
    DUPLICATE,
    assert_second_copies_are_the_duplicates,
    publish_copies,
    rules_by_event,
)
from tests.matrix.invariants import assert_invariants
from tests.matrix.stage_thread import StageThread

pytestmark = pytest.mark.kafka

IDS = CheckedInIds()
CLAIMS = range(400)


def test_row_15_poison_lands_sealed_in_the_dead_letters_and_the_rest_of_its_batch_is_scored(system: System) -> None:
    values, keys, made = system.encoded(600)
    canary = b"ZZCANARYPOISON"
    poison: dict[int, bytes] = {
        100: values[100][:-7],  # truncated
        200: b"\x00\x00\x00\x00\x63" + canary,  # unknown schema id
        300: b"no framing at all " + canary,
        301: values[301][:5] + canary * 20,  # a body of another kind
        599: b"",
    }
    for position, value in poison.items():
        values[position] = value
    publisher = ClaimPublisher(system.broker, IDS)
    publisher.publish_encoded(values, keys)
    publisher.flush()
    system.start_stage()
    system.wait_for_results(600)
    assert_invariants(system)  # while it runs: its metrics are looked at, too

    good = {made["event_id"][i].encode() for i in range(600) if i not in poison}
    assert sorted(system.committed_ids()) == sorted(good)
    letters = system.committed(DEAD_LETTERS.name)
    frame = ColumnarDecoder(DEAD_LETTER, IDS).decode([m.value() for m in letters]).frame
    sealer = Sealer(Keyring.load(system.keyring))
    opened = {
        sealer.open(row["sealed_payload"], row["tenant_id"], DEAD_LETTER.name, row["event_id"])
        for row in frame.to_dicts()
    }
    assert opened == set(poison.values())
    for message, row in zip(letters, frame.to_dicts(), strict=True):
        headers = dict(message.headers())
        assert headers["source.topic"] == SUBMITTED.name.encode()
        assert headers["source.offset"] == str(row["source_offset"]).encode()
        assert headers["stage"] == b"decode"
        assert row["reason"].encode() == headers["reason"]


def test_row_16_a_flood_of_poison_stops_the_stage_with_nothing_committed(system: System) -> None:
    publisher = ClaimPublisher(system.broker, IDS)
    publisher.publish_encoded([b"ZZCANARY rubbish"] * 2_000, [str(n) for n in range(2_000)])
    publisher.flush()
    stage = system.start_stage()
    assert stage.wait(120) == 1
    log = system.log("claims-0")
    assert "the stage stops before it fills the dead-letter topic" in log
    assert "Traceback" not in log
    assert "ZZCANARY" not in log
    assert system.committed(DEAD_LETTERS.name) == []


class _NoProbability:
    """A model graph that answers NaN."""

    def run(self, matrix: np.ndarray) -> np.ndarray:
        return np.full((len(matrix), 1), np.nan, dtype=np.float32)


@pytest.mark.parametrize("answer", ["raises", "NaN"])
def test_row_17_a_claim_that_the_scorer_breaks_on_is_given_up_alone(
    system: System, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    def breaking(batch: ClaimBatch, scorer: Scorer, review_below: float) -> ClaimBatch:
        if "event-123-1" not in batch.claims["event_id"]:
            return score(batch, scorer, review_below)
        if answer == "raises":
            msg = "the runtime broke on ZZCANARY"
            raise RuntimeError(msg)
        assert scorer.model is not None
        return score(batch, Scorer(replace(scorer.model, approval=_NoProbability())), review_below)

    monkeypatch.setattr(pipeline, "score", breaking)
    publish_copies(system, CLAIMS, copy=1)
    with StageThread(system) as stage:
        stage.wait_for(len(CLAIMS))
        # A stage with nothing to do goes on telling: its lag would stand for ever where the last batch left it.
        system.wait_until(lambda: bool(stage.told.lags) and not any(stage.told.lags.values()), "the end of the lag")
    assert stage.told.dead_letters == {"score": 1}
    assert_invariants(system)


NEW_FIELD: dict[str, object] = {
    "name": "channel",
    "type": ["null", "string"],
    "default": None,
    "doc": "Where it came in.",
}


def evolved(change: Callable[[list[dict[str, object]]], list[dict[str, object]]]) -> Contract:
    """Return claims.submitted with other fields."""
    schema = json.loads(CLAIMS_SUBMITTED.text)
    return Contract(CLAIMS_SUBMITTED.name, json.dumps({**schema, "fields": change(schema["fields"])}))


def without(name: str) -> Contract:
    """Return claims.submitted without a field."""
    return evolved(lambda fields: [field for field in fields if field["name"] != name])


ADDED = evolved(lambda fields: [*fields, NEW_FIELD])
REMOVED = without("source_byte_end")  # our default holds
INCOMPATIBLE = without("claim_id")  # we have no default


def publish_as(system: System, contract: Contract, ids: SchemaIds, frame: pl.DataFrame) -> None:
    """Publish claims as a producer of another version does."""
    publisher = ClaimPublisher(system.broker, IDS)
    publisher.publish_encoded(ColumnarEncoder(contract, ids).encode(frame), ["demo|x"] * frame.height)
    publisher.flush()


def test_row_18_old_and_new_schema_ids_are_read_in_one_batch_and_what_cannot_be_read_is_given_up(
    system: System,
) -> None:
    ids = RegistryIds(f"mock://{uuid4()}")
    ids.id_of(CLAIMS_SUBMITTED)
    _, _, made = system.encoded(120)
    frames = made.with_columns(channel=pl.lit("portal"))
    for number, contract in enumerate((CLAIMS_SUBMITTED, ADDED, REMOVED, INCOMPATIBLE)):
        publish_as(system, contract, ids, frames.slice(30 * number, 30))
    with StageThread(system, ids=ids) as stage:
        stage.wait_for(120)
    assert (stage.told.claims, stage.told.dead_letters) == (90, {"decode": 30})
    assert_invariants(system, ids)


class Away:
    """A registry that goes away: what was asked before is known."""

    def __init__(self, ids: SchemaIds) -> None:
        self._ids = ids
        self._known: dict[int, str] = {}
        self.away = False

    def id_of(self, contract: Contract) -> int:
        return self._ids.id_of(contract)

    def schema_of(self, schema_id: int) -> str:
        if self.away and schema_id not in self._known:
            msg = "The schema registry does not answer."
            raise DependencyError(msg, "Start it, or correct SCHEMA_REGISTRY_URL.")
        return self._known.setdefault(schema_id, self._ids.schema_of(schema_id))


def test_row_18_without_the_registry_known_ids_go_on_and_a_new_one_is_waited_for_and_not_given_up(
    system: System,
) -> None:
    ids = Away(RegistryIds(f"mock://{uuid4()}"))
    ids.schema_of(ids.id_of(CLAIMS_SUBMITTED))
    _, _, made = system.encoded(60)
    with StageThread(system, ids=ids) as stage:
        ids.away = True
        publish_as(system, CLAIMS_SUBMITTED, ids, made.head(30))
        stage.wait_for(30)
        publish_as(system, ADDED, ids, made.tail(30).with_columns(channel=pl.lit("portal")))
        assert isinstance(stage.ended(), DependencyError)
    assert system.committed(DEAD_LETTERS.name) == []
    ids.away = False
    with StageThread(system, ids=ids) as stage:
        stage.wait_for(60)
    assert_invariants(system, ids)


def test_row_19_a_duplicate_is_flagged_once_in_its_batch_the_next_one_and_after_a_restart(system: System) -> None:
    publish_copies(system, CLAIMS, copy=1)
    publish_copies(system, CLAIMS[:100], copy=2)  # in the same batch
    with StageThread(system, batch_size=5_000) as stage:
        stage.wait_for(500)
        publish_copies(system, CLAIMS[100:200], copy=2)  # in the next one
        stage.wait_for(600)
    publish_copies(system, CLAIMS[200:], copy=2)  # after a restart
    with StageThread(system) as stage:
        stage.wait_for(2 * len(CLAIMS))
    assert_second_copies_are_the_duplicates(system, CLAIMS)
    assert_invariants(system)


def test_row_20_clocks_that_step_and_claims_of_another_time_move_neither_watermark_nor_memory(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks: dict[int, list[int]] = {}
    applied = PartitionState.apply

    def noting(state: PartitionState) -> None:
        applied(state)
        marks.setdefault(id(state), []).append(state.mark.watermark_day)

    monkeypatch.setattr(PartitionState, "apply", noting)
    now = [datetime.now(UTC)]
    publish_copies(system, CLAIMS, copy=1)
    with StageThread(system, clock=lambda: now[0]) as stage:
        stage.wait_for(400)
        now[0] -= timedelta(days=400)  # the host's clock steps back
        publish_copies(system, range(400, 500), copy=1)
        stage.wait_for(500)
        now[0] += timedelta(days=400)
        publish_copies(system, range(500, 600), copy=1, days_ago=-20_000)  # a producer that lives in the future
        publish_copies(system, range(600, 700), copy=1, days_ago=20_000)  # and one in the past
        stage.wait_for(700)
        publish_copies(system, CLAIMS, copy=2)
        stage.wait_for(700 + len(CLAIMS))
    assert all(seen == sorted(seen) for seen in marks.values()), "a watermark went back"
    tomorrow = (datetime.now(UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days + 1
    assert max(max(seen) for seen in marks.values()) <= tomorrow
    rules = rules_by_event(system)
    assert all(rules[f"event-{number}-2"].count(DUPLICATE) == 1 for number in CLAIMS), "history was forgotten"
    assert all("DAT004" in rules[f"event-{number}-1"] for number in range(500, 600))
    assert_invariants(system)


def test_row_18_a_registry_that_finds_a_schema_incompatible_says_so_to_the_producer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = RegistryIds(f"mock://{uuid4()}")

    def refuse(*_: object) -> int:
        raise SchemaRegistryError(409, 409, "incompatible with an earlier schema")

    monkeypatch.setattr(ids._client, "register_schema", refuse)
    with pytest.raises(ContractError, match="Make the change backward compatible"):
        ids.id_of(INCOMPATIBLE)
