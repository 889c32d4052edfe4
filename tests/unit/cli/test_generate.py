"""claimstream generate to files: every form holds the same events, and the same command the same bytes."""

from __future__ import annotations

import json
from pathlib import Path

import fastavro
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from claimstream.cli import app
from schemas.contracts import ACKS_RECEIVED, CLAIMS_SUBMITTED, REMITS_RECEIVED

CONTRACTS = (CLAIMS_SUBMITTED, ACKS_RECEIVED, REMITS_RECEIVED)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the keyring in a folder of the test's own."""
    monkeypatch.setenv("CLAIMSTREAM_HOME", str(tmp_path / "home"))
    return tmp_path


def ran(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["generate", "--claims", "300", "--seed", "9", *arguments])


def test_the_same_command_writes_the_same_bytes(home: Path) -> None:
    for form in ("avro", "jsonl", "parquet"):
        for name in ("one", "two"):
            done = ran("--out", form, "--to", str(home / form / name), "--with-outcomes")
            assert done.exit_code == 0, done.output
        files = sorted(path.name for path in (home / form / "one").iterdir())
        assert {f"{contract.name}.{form}" for contract in CONTRACTS} < set(files)
        for file in files:
            assert (home / form / "one" / file).read_bytes() == (home / form / "two" / file).read_bytes(), file


def test_avro_jsonl_and_parquet_hold_the_same_events(home: Path) -> None:
    for form in ("avro", "jsonl", "parquet"):
        assert ran("--out", form, "--to", str(home / form), "--with-outcomes").exit_code == 0
    for contract in CONTRACTS:
        with (home / "avro" / f"{contract.name}.avro").open("rb") as stream:
            avro = list(fastavro.reader(stream))
        parquet = pl.read_parquet(home / "parquet" / f"{contract.name}.parquet")
        lines = (home / "jsonl" / f"{contract.name}.jsonl").read_text().splitlines()
        told = [json.loads(line) for line in lines]
        ids = [event["event_id"] for event in avro]
        assert ids == parquet["event_id"].to_list() == [event["event_id"] for event in told]
        assert {event["topic"] for event in told} == {contract.name}
        assert avro[0]["phi"] == parquet["phi"][0]
        assert len(avro[-1]["lines"]) == len(parquet["lines"][-1])


def test_the_truth_stands_beside_the_events_and_in_none(home: Path) -> None:
    assert ran("--out", "parquet", "--to", str(home / "run"), "--with-outcomes").exit_code == 0
    truth = pl.read_parquet(home / "run" / "truth.parquet")
    assert truth.height == 300
    secret = set(truth.columns) - {"event_id"}
    for contract in CONTRACTS:
        assert not secret & set(pl.read_parquet_schema(home / "run" / f"{contract.name}.parquet"))


def test_a_run_of_days_with_a_story_and_its_contracts(home: Path) -> None:
    arguments = ("--out", "parquet", "--to", str(home / "run"), "--with-outcomes", "--days", "10", "--json",
        "--scenario", "silent-payer:day=4", "--contracts", str(home / "contracts"))  # fmt: skip
    done = ran(*arguments)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    events = pl.read_parquet(home / "run" / "claims.submitted.parquet")
    assert told["events"]["claims.submitted"] == events.height > told["claims"]
    assert events["submitted_at"].dt.date().n_unique() > 8
    [story] = json.loads((home / "run" / "stories.json").read_text())
    assert (story["scenario"], story["begins_at"]) == ("silent-payer", "2026-01-09 00:00:00+00:00")
    assert len(list((home / "contracts").glob("*.yaml"))) == 25


@pytest.mark.parametrize(
    "arguments",
    [("--scenario", "silent-payer"), ("--profile", "dream"), ("--out", "tape"), ("--claims", "0")],
)
def test_wrong_usage_is_told(home: Path, arguments: tuple[str, ...]) -> None:
    del home
    assert ran("--out", "avro", *arguments).exit_code == 2


def test_an_unknown_scenario_writes_nothing(home: Path) -> None:
    done = ran("--out", "avro", "--to", str(home / "run"), "--with-outcomes", "--scenario", "dream")
    assert done.exit_code != 0
    assert not (home / "run").exists()
