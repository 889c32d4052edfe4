"""Retraining from the real tables: scored claims and adjudications in, labels joined, a version on trial out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from claimstream.settings import Settings
from claimstream.stored_scores import stored_scores
from models.feedback.labels import STORED_SCHEMA, label, reason_of_carc
from models.feedback.retrain import retrain
from models.learning.families import Family
from models.learning.learn import Wish
from models.synthetic import generate
from processors.batch import ClaimBatch
from processors.pipeline import ClaimPipeline
from processors.scoring import Scorer
from processors.scoring.registry import shipped_registry
from schemas.contracts import CLAIMS_ADJUDICATED, CLAIMS_SCORED
from sink.migrate import migrate
from sink.rows import Positions
from sink.rows.adjudicated import adjudicated_tables
from sink.rows.scored import scored_tables
from streams.claim_output import scored_frame
from tests.clickhouse import EmbeddedClickHouse, insert_tables
from tests.correlation_events import adjudicated, frame

NOW = datetime(2026, 6, 1, tzinfo=UTC)
CLAIMS, OLD = 1_800, 1_500
"""The first OLD claims were submitted long ago, the others last week."""

PENDING, TAKEN_BACK, SLOW_PAYER = range(10), range(10, 20), "CSCOM08"
LAG, SLOW_LAG = timedelta(days=16), timedelta(days=70)


def scored() -> pl.DataFrame:
    """Claims as the stage publishes them, with what became of them beside: denied and reason."""
    made = generate(CLAIMS + 200, 21, start=NOW - timedelta(days=170), tenant_id="clinic", span=timedelta(days=60))
    first_attempts = made.events.filter(pl.col("frequency_code") == "1").head(CLAIMS)
    row = np.arange(CLAIMS)
    young = pl.Series(row >= OLD)
    submitted = pl.when(young).then(NOW - timedelta(days=7)).otherwise(pl.col("submitted_at"))
    events = first_attempts.with_columns(
        submitted.cast(pl.Datetime("us", "UTC")).alias("submitted_at"),
        source_partition=pl.lit(0, pl.Int32),
        source_offset=pl.Series(row, dtype=pl.Int64),
    )
    batch = ClaimPipeline.shipped().run(ClaimBatch.from_events(events, NOW))
    truth = made.truth.select("event_id", "denied", truth_reason="reason")
    return scored_frame(batch).join(truth, on="event_id", how="left", maintain_order="left")


def answers(claims: pl.DataFrame) -> list[dict[str, Any]]:
    """First adjudications of all but the pending claims; some are corrected: paid first, denied in truth."""
    codes = {reason: carc for carc, reason in reason_of_carc().items()}
    told: list[dict[str, Any]] = []
    for number, claim in enumerate(claims.iter_rows(named=True)):
        if number in PENDING:
            continue
        lag = SLOW_LAG if claim["payer_id"] == SLOW_PAYER else LAG
        if number >= OLD:
            lag = timedelta(days=5)
        common: dict[str, Any] = {
            "tenant_id": "clinic", "claim_event_id": claim["event_id"], "claim_id": claim["claim_id"],
            "payer_id": claim["payer_id"], "received_at": claim["submitted_at"] + lag,
        }  # fmt: skip
        outcome: dict[str, Any] = {}
        if claim["denied"]:
            outcome = {"outcome": "denied", "primary_carc": codes[claim["truth_reason"]]}
        if number in TAKEN_BACK:
            told += [adjudicated(number, **common), adjudicated(number, sign=-1, **common)]
            told.append(adjudicated(number, revision=2, **common, outcome="denied", primary_carc="197"))
        else:
            told.append(adjudicated(number, **common, **outcome))
        # A second remittance of the same claim is no label.
        told.append(adjudicated(number + CLAIMS, **common, first_adjudication=False, adjudication_number=2))
    return told


def positions(count: int, topic: str) -> Positions:
    return Positions(0, range(count), [int(NOW.timestamp() * 1000)] * count, topic, "log")


@pytest.fixture(scope="module")
def claims() -> pl.DataFrame:
    return scored()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, claims: pl.DataFrame) -> Iterator[EmbeddedClickHouse]:
    embedded = EmbeddedClickHouse(tmp_path_factory.mktemp("clickhouse")).start()
    told = answers(claims)
    # A corrected claim sent in again is scored, too; the label is about the first attempt.
    again = claims.head(5).with_columns(
        frequency_code=pl.lit("7"), event_id=pl.col("event_id") + "-again", claim_id=pl.col("claim_id") + "-again"
    )
    events = pl.concat([claims, again]).select(CLAIMS_SCORED.field_names)
    with embedded.client(autogenerate_session_id=False) as client:
        migrate(client)
        insert_tables(
            client, scored_tables(events, positions(events.height, "claims.scored")), lambda table: f"s{table}"
        )
        rows = frame(CLAIMS_ADJUDICATED, told)
        insert_tables(
            client, adjudicated_tables(rows, positions(len(told), "claims.adjudicated")), lambda table: f"a{table}"
        )
    yield embedded
    assert embedded.stop() == 0


@pytest.fixture(scope="module")
def stored(server: EmbeddedClickHouse) -> pl.DataFrame:
    return stored_scores(None, Settings(clickhouse_port=server.port))


def test_every_first_attempt_comes_back_as_it_was_scored(stored: pl.DataFrame, claims: pl.DataFrame) -> None:
    assert dict(stored.select(STORED_SCHEMA.names()).schema) == dict(STORED_SCHEMA)
    assert stored["event_id"].sort().to_list() == claims["event_id"].sort().to_list()
    both = claims.join(stored, on="event_id", suffix="_stored")
    for column in ("feature_vector", "approval_probability", "model_version", "payer_id", "expected_allowed_cents"):
        assert both[f"{column}_stored"].equals(both[column], null_equal=True), column
    assert (both["submitted_at_stored"] == both["submitted_at"]).all()


def test_labels_are_what_holds_now_of_mature_first_adjudications(stored: pl.DataFrame, claims: pl.DataFrame) -> None:
    found = label(stored, NOW)
    rows = found.rows.join(
        claims.with_row_index("number").select("event_id", "number", "denied", "truth_reason"),
        on="event_id",
        suffix="_t",
    )
    numbers = set(rows["number"].to_list())
    assert numbers == set(range(OLD)) - set(PENDING)
    corrected = rows.filter(pl.col("number").is_in(list(TAKEN_BACK)))
    assert corrected["denied"].all()
    assert set(corrected["reason"]) == {"prior_auth_missing"}
    others = rows.filter(~pl.col("number").is_in(list(TAKEN_BACK)))
    assert (others["denied"] == others["denied_t"]).all()
    assert others["reason"].equals(others["truth_reason"], null_equal=True)
    assert found.left_out == {"too young": CLAIMS - OLD, "pending, reversed or forwarded": len(PENDING)}
    assert found.maturity_days[SLOW_PAYER] > 2 * found.maturity_days["CSCOM02"]


def test_at_an_earlier_moment_later_answers_are_not_seen(stored: pl.DataFrame) -> None:
    then = NOW - timedelta(days=60)
    found = label(stored, then)
    assert 0 < found.rows.height < OLD
    assert (found.rows["received_at"] <= then).all()
    assert SLOW_PAYER not in found.rows.filter(pl.col("submitted_at") > then - SLOW_LAG)["payer_id"].to_list()


def test_a_version_learnt_from_the_tables_goes_on_trial_beside_the_champion(
    stored: pl.DataFrame, tmp_path: Path
) -> None:
    registry = tmp_path / "registry"
    shutil.copytree(shipped_registry(), registry)
    made = retrain(stored, registry, NOW, Wish(seed=4, family=Family.LOGISTIC, compared=(Family.LOGISTIC,)))
    scorer = Scorer.load(registry)
    assert not scorer.problems
    assert scorer.challenger is not None
    assert scorer.challenger.version == made.folder.name
    meta = json.loads((made.folder / "meta.json").read_text())
    assert meta["rows"]["train"] + meta["rows"]["test"] == OLD - len(PENDING)
    assert made.learned.metrics["approval"]["auroc"] > 0.7


def test_monitor_measures_what_the_tables_hold(server: EmbeddedClickHouse) -> None:
    environment = {**os.environ, "CLICKHOUSE_PORT": str(server.port)}
    command = [sys.executable, "-m", "claimstream", "models", "monitor", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["all"]["rows"] >= OLD - len(PENDING)
    assert 0 < shown["all"]["denial_rate"] < 0.5
    assert len(shown) > 1
