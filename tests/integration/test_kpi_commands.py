"""claimstream kpi and claimstream sink reconcile as an analyst calls them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from schemas.contracts import CLAIMS_LINEAGE
from sink.migrate import migrate
from sink.rows import Positions
from sink.rows.lineage import lineage_tables
from tests.clickhouse import EmbeddedClickHouse, insert_tables
from tests.correlation_events import frame, lineage


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedClickHouse]:
    embedded = EmbeddedClickHouse(tmp_path_factory.mktemp("clickhouse")).start()
    with embedded.client(autogenerate_session_id=False) as client:
        migrate(client)
        events = [lineage(n, payer_id=f"payer-{n % 2}", first_screening_passed=n < 3) for n in range(4)]
        events = [e | {"screened_at": e["first_submitted_at"]} for e in events]
        positions = Positions(0, range(4), [1_772_323_200_000] * 4, "claims.lineage", "log")
        insert_tables(client, lineage_tables(frame(CLAIMS_LINEAGE, events), positions), str)
    yield embedded
    assert embedded.stop() == 0


def claimstream(server: EmbeddedClickHouse, *arguments: str) -> tuple[int, str, str]:
    environment = {**os.environ, "CLICKHOUSE_PORT": str(server.port), "CLAIMSTREAM_TENANT": "tenant-0"}
    command = [sys.executable, "-m", "claimstream", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_kpi_is_shown_with_its_numerator_and_denominator(server: EmbeddedClickHouse) -> None:
    period = ("--from", "2026-03-01", "--to", "2026-03-31")
    code, out, _ = claimstream(server, "kpi", "show", "clean_claim_rate", "--by", "payer", *period, "--json")
    shown: dict[str, Any] = json.loads(out)
    assert code == 0
    assert shown["rows"] == [
        {"key": "payer-0", "numerator": 2, "denominator": 2, "value": 1.0},
        {"key": "payer-1", "numerator": 1, "denominator": 2, "value": 0.5},
    ]
    assert claimstream(server, "kpi", "show", "clean_claim_rate", *period)[1].count("0.7500") == 1
    nothing = claimstream(server, "kpi", "top-denied", "--by", "carc", *period, "--json")
    assert json.loads(nothing[1])["rows"] == []


def test_a_wrong_question_is_answered_in_words(server: EmbeddedClickHouse) -> None:
    code, _, words = claimstream(server, "kpi", "show", "moon_phase")
    assert code != 0
    assert "claimstream kpi list" in words
    assert "Traceback" not in words


def test_reconcile_exits_with_3_when_a_rollup_drifts(server: EmbeddedClickHouse) -> None:
    code, out, _ = claimstream(server, "sink", "reconcile", "--no-topics", "--json")
    assert (code, json.loads(out)["drift"]) == (0, 0)
    with server.client(autogenerate_session_id=False, database="claimstream") as client:
        client.command("INSERT INTO kpi_daily SELECT * FROM kpi_daily LIMIT 1")
    code, out, _ = claimstream(server, "sink", "reconcile", "--no-topics", "--json")
    assert (code, json.loads(out)["drift"]) == (3, 1)


def test_status_shows_checksums(server: EmbeddedClickHouse) -> None:
    code, out, _ = claimstream(server, "sink", "status", "--json")
    found = json.loads(out)["migrations"]
    assert code == 0
    assert all(len(m["checksum"]) == 64 and m["state"] == "applied" for m in found)
