"""Every KPI answers, splits as it promises, and follows the statements on chDB."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from schemas.contracts import CLAIMS_ADJUDICATED, CLAIMS_LINEAGE, Contract
from schemas.errors import BadInputError
from sink import kpi
from sink.known import KnownEvents
from sink.kpi_catalogue import find, handbook, names
from sink.migrate import migrate
from sink.rows import Positions, scored_tables
from sink.rows.adjudicated import adjudicated_tables
from sink.rows.lineage import lineage_tables
from tests.clickhouse import EmbeddedClickHouse, insert_tables
from tests.correlation_events import adjudicated, frame, lineage
from tests.scored_events import scored_event, scored_frame

YEAR = kpi.Period("tenant-0", date(2026, 1, 1), date(2026, 12, 31))
MAKERS: dict[str, Any] = {CLAIMS_LINEAGE.name: lineage_tables, CLAIMS_ADJUDICATED.name: adjudicated_tables}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedClickHouse]:
    embedded = EmbeddedClickHouse(tmp_path_factory.mktemp("clickhouse")).start()
    yield embedded
    assert embedded.stop() == 0


@pytest.fixture
def client(server: EmbeddedClickHouse, request: pytest.FixtureRequest) -> Iterator[Client]:
    with server.client(autogenerate_session_id=False) as client:
        migrate(client, "kpis")
        yield client
        client.command("DROP DATABASE kpis", use_database=False)


def put(client: Client, contract: Contract, events: list[dict[str, Any]], token: str = "one") -> None:  # noqa: S107 - the token of an insert
    positions = Positions(0, range(len(events)), [1_772_323_200_000] * len(events), contract.name, "log")
    insert_tables(
        client, MAKERS[contract.name](frame(contract, events), positions), lambda t: f"{contract.name}{token}{t}"
    )


def on(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def one(client: Client, name: str, **changes: Any) -> tuple[Any, Any, Any]:
    rows = kpi.show(client, name, YEAR, **changes)
    assert len(rows) <= 1
    return (rows[0]["numerator"], rows[0]["denominator"], rows[0]["value"]) if rows else (0, 0, None)


def test_every_kpi_answers_for_every_split_and_is_empty_without_facts(client: Client) -> None:
    for name in names():
        for by in find(name).by:
            assert kpi.show(client, name, YEAR, by) == [], (name, by)
    for by in kpi.TOP_DENIED:
        assert kpi.top_denied(client, YEAR, by) == []


def test_the_definitions_are_complete_and_unknown_questions_are_answered() -> None:
    for name in names():
        found = find(name)
        assert all((found.title, found.definition, found.numerator, found.denominator, found.basis, found.source))
        assert f"## {name}\n" in handbook()
    with pytest.raises(BadInputError, match="no KPI"):
        find("../kpi")
    with pytest.raises(BadInputError, match="cannot be split"):
        kpi.show(None, "days_in_ar", YEAR, "detail")  # type: ignore[arg-type]  # is refused before
    with pytest.raises(BadInputError, match="ranked"):
        kpi.top_denied(None, YEAR, "moon")  # type: ignore[arg-type]  # is refused before


def test_a_denial_that_is_recovered_moves_its_kpis_and_the_past_can_be_asked_for(client: Client) -> None:
    sent: dict[str, Any] = {"first_submitted_at": on("2026-03-02"), "screened_at": on("2026-03-02")}
    denied = sent | {
        "first_adjudicated_on": date(2026, 3, 20),
        "first_outcome": "denied",
        "first_pass_clean": False,
        "first_pass_resolved": False,
        "state": "denied",
    }
    paid = denied | {
        "state": "paid",
        "closed": True,
        "closed_on": date(2026, 4, 20),
        "resolution": "recovered",
        "resolved_on": date(2026, 4, 20),
        "recovered_cents": 9_000,
        "net_paid_cents": 9_000,
        "contractual_cents": 1_000,
        "open_balance_cents": 0,
        "service_from": date(2026, 2, 20),
        "touch_count": 2,
    }
    story = [
        lineage(1, as_of=on("2026-03-02"), **sent),
        lineage(1, 1, -1, as_of=on("2026-03-21"), **sent),
        lineage(1, 2, as_of=on("2026-03-21"), **denied),
        lineage(1, 2, -1, as_of=on("2026-04-21"), **denied),
        lineage(1, 3, as_of=on("2026-04-21"), **paid),
        lineage(2, as_of=on("2026-03-02"), **sent),
    ]
    put(client, CLAIMS_LINEAGE, story)
    assert one(client, "initial_denial_rate_live") == (1, 1, 1.0)
    assert one(client, "initial_denial_rate_live", as_of=date(2026, 3, 20)) == (0, 0, None)
    assert one(client, "denial_overturn_rate") == (1, 1, 1.0)
    assert one(client, "denial_overturn_dollars") == (9_000, 9_000, 1.0)
    assert one(client, "net_collection_rate") == (9_000, 9_000, 1.0)
    assert one(client, "gross_collection_rate") == (9_000, 10_000, 0.9)
    assert one(client, "touchless_rate") == (0, 1, 0.0)
    assert one(client, "clean_claim_rate") == (2, 2, 1.0)
    april = kpi.Period("tenant-0", date(2026, 4, 1), date(2026, 4, 22))
    assert kpi.show(client, "days_in_ar", april)[0]["value"] == pytest.approx(90 * 10_000 / 20_000)
    before = kpi.show(client, "days_in_ar", kpi.Period("tenant-0", date(2026, 4, 1), date(2026, 4, 20)))
    assert before[0]["numerator"] == 20_000
    march = kpi.Period("tenant-0", date(2026, 3, 1), date(2026, 3, 31))
    assert kpi.show(client, "initial_denial_rate", march)[0]["value"] is None
    lag = kpi.show(client, "time_to_resolution", YEAR)[0]
    assert (lag["numerator"], lag["denominator"], lag["value"]) == (31, 1, 31)


def test_the_initial_denial_rate_divides_by_the_mean_of_the_three_months_before(client: Client) -> None:
    story = [lineage(n, first_submitted_at=on(f"2026-0{1 + n % 3}-10"), as_of=on("2026-03-31")) for n in range(9)]
    story += [
        lineage(
            20 + n, first_submitted_at=on("2025-12-01"), first_adjudicated_on=date(2026, 4, 2), first_outcome="denied"
        )
        for n in range(2)
    ]
    put(client, CLAIMS_LINEAGE, story)
    rows = kpi.show(client, "initial_denial_rate", kpi.Period("tenant-0", date(2026, 4, 1), date(2026, 4, 30)))
    assert (rows[0]["numerator"], rows[0]["denominator"]) == (2, 3.0)
    assert rows[0]["value"] == pytest.approx(2 / 3)
    months = kpi.show(client, "initial_denial_rate", YEAR, "month")
    assert {str(r["key"]): r["denominator"] for r in months}["2026-05-01"] == 2.0


def test_payments_move_remittance_kpis_lags_and_the_quality_of_predictions(client: Client) -> None:
    events = [
        adjudicated(1, approval_probability=0.9, first_submitted_at=on("2026-02-19"), received_at=on("2026-03-01")),
        adjudicated(2, approval_probability=0.4, first_submitted_at=on("2026-02-09"), outcome="denied", zero_pay=True,
                    paid_cents=0),
        adjudicated(3, approval_probability=0.5, first_submitted_at=on("2026-01-30"), auto_posted=False, priced_lines=2,
                    priced_expected_cents=9_000, underpaid_cents=900),
        adjudicated(4, outcome="reversal", first_adjudication=False, adjudication_number=0, paid_cents=-8_000),
    ]  # fmt: skip
    put(client, CLAIMS_ADJUDICATED, events)
    assert one(client, "remittance_denial_rate") == (1, 3, pytest.approx(1 / 3))
    assert one(client, "primary_denial_rate") == (1, 3, pytest.approx(1 / 3))
    assert one(client, "auto_posting_rate") == (3, 4, 0.75)
    assert one(client, "payments") == (8_000, 0, 8_000)
    assert one(client, "underpayment_variance") == (900, 9_000, 0.1)
    assert one(client, "payer_lag") == (60, 3, 20)
    quality = kpi.show(client, "prediction_quality", YEAR)[0]
    brier = ((0.1) ** 2 + (0.4) ** 2 + (0.5) ** 2) / 3
    assert quality["value"] == pytest.approx(brier)
    assert quality["ece"] == pytest.approx((0.1 + 0.4 + 0.5) / 3)
    assert quality["pr_auc"] == pytest.approx(1.0)


def test_expected_cash_follows_the_survival_of_the_payer(client: Client) -> None:
    waiting: dict[str, Any] = {"expected_allowed_cents": 10_000, "approval_probability": 0.5, "charge_cents": 20_000}
    put(client, CLAIMS_LINEAGE, [lineage(1, first_submitted_at=on("2026-03-11"), as_of=on("2026-03-11"), **waiting)])
    answered = [
        adjudicated(
            n,
            first_submitted_at=on("2026-03-01") - timedelta(days=lag),
            paid_on=date(2026, 3, 1),
            as_of=on("2026-03-01"),
        )
        for n, lag in enumerate((5, 15, 25, 60))
    ]
    put(client, CLAIMS_ADJUDICATED, answered)
    row = kpi.show(client, "expected_cash_30d", YEAR, as_of=date(2026, 3, 21))[0]
    # At age 10, after the answer at 5: risk 4 of 4 + 1 open (age 10); 15 -> 1/3, 25 -> 1/2, 60 is beyond 40.
    assert row["value"] == pytest.approx(5_000 * (1 - (2 / 3) * (1 / 2)))
    assert 0 <= float(str(row["low"])) < float(str(row["value"])) < float(str(row["high"]))


def test_work_rvu_are_credited_by_modifier_for_the_latest_attempt(client: Client) -> None:
    def claim(number: int, modifier: list[str], **changes: Any) -> dict[str, Any]:
        event = scored_event(number, tenant_id="tenant-0", billing_npi="npi", rendering_npi="doctor", **changes)
        line = event["lines"][0] | {"modifiers": modifier, "rvu_work_e5": 200_000, "units": 1.0}
        return event | {"lines": [line]}

    later = datetime(2026, 3, 9, tzinfo=UTC)
    events = [
        claim(1, ["26"]),
        claim(2, ["TC"]),
        claim(3, ["50"]),
        claim(4, []),
        claim(4, ["51"], submitted_at=later, claim_id="replacement", frequency_code="7"),
        claim(5, []),
        claim(5, [], submitted_at=later + timedelta(days=1), claim_id="void", frequency_code="8"),
    ]
    positions = Positions(0, range(len(events)), [1_772_323_200_000] * len(events))
    insert_tables(client, scored_tables(scored_frame(events), positions), str)
    assert one(client, "work_rvu", by="provider")[2] == pytest.approx(2.0 + 0.0 + 3.0 + 1.0)


def test_work_of_attempts_in_any_order_of_ranges_is_that_of_the_latest_and_a_repeated_range_adds_none(
    client: Client,
) -> None:
    def claim(number: int, day: int, units: int, **changes: Any) -> dict[str, Any]:
        sent = datetime(2026, 3, day, tzinfo=UTC)
        names = {"billing_npi": "npi", "rendering_npi": "doctor", "claim_id": f"{number}-{day}"}
        event = scored_event(number, tenant_id="tenant-0", submitted_at=sent, **names, **changes)
        return event | {"lines": [event["lines"][0] | {"modifiers": ["50"], "rvu_work_e5": units * 100_000}]}

    ranges = [
        [claim(1, 2, 1), claim(2, 9, 4), claim(3, 2, 8)],
        [claim(1, 3, 2), claim(2, 1, 32), claim(3, 4, 0, frequency_code="8")],
        [claim(1, 4, 16), claim(1, 1, 64)],
    ]
    worked = [1.5 * (1 + 4 + 8), 1.5 * (2 + 4), 1.5 * (16 + 4)]
    known = KnownEvents(client)
    for first, (events, units) in enumerate(zip(ranges, worked, strict=True)):
        offsets = range(first * 10, first * 10 + len(events))
        positions = Positions(0, offsets, [1_772_323_200_000] * len(events), "claims.scored", "log")
        for attempt in range(2):  # the second after a crash: with what the first left, under its token
            tables = scored_tables(scored_frame(events), positions, known)
            insert_tables(client, tables, partial("{1}{0}".format, first))
            assert one(client, "work_rvu", by="provider")[2] == pytest.approx(units), (first, attempt)
            known.forget()


def test_what_is_denied_most_is_ranked_by_lost_revenue(client: Client) -> None:
    def lines(denied: bool) -> list[dict[str, Any]]:
        base = {
            "modifiers": [],
            "remark_codes": [],
            "paid_cents": 0,
            "allowed_cents": 0,
            "patient_responsibility_cents": 0,
        }
        amounts = {"contractual_cents": 0, "denied_cents": 100, "expected_allowed_cents": 80, "charge_cents": 100}
        more = {"variance_reason": "denied", "denied": denied, "carc": "97" if denied else None}
        return [base | amounts | more | {"line_number": 1, "procedure_code": "99213"}]

    events = [adjudicated(1, lines=lines(True)), adjudicated(2, lines=lines(False))]
    put(client, CLAIMS_ADJUDICATED, events)
    row = kpi.top_denied(client, YEAR, "procedure")[0]
    assert (row["key"], row["denied_lines"], row["lines"], row["denial_rate"]) == ("99213", 1, 2, 0.5)
    assert (row["lost_expected_cents"], row["lost_billed_cents"]) == (80, 100)
    assert [r["key"] for r in kpi.top_denied(client, YEAR, "carc")] == ["97"]
    takes_back = [adjudicated(1, 1, -1, lines=lines(True))]
    put(client, CLAIMS_ADJUDICATED, takes_back, "two")
    assert kpi.top_denied(client, YEAR, "procedure") == []
