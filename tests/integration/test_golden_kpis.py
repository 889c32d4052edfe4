"""The golden set: what the database says of 48 bills, from claims.submitted on, is what was worked by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from clickhouse_connect.driver.client import Client

from processors.adjudication.denial_groups import CarcGroups
from processors.correlation.cases import Cases
from processors.workqueue.cases import WorkqueueRules
from schemas.contracts import WORKQUEUE_CASE
from sink.kpi_catalogue import names
from sink.migrate import migrate
from tests.clickhouse import EmbeddedClickHouse
from tests.golden import table
from tests.golden.compare import ask, cell_differences, table_differences
from tests.golden.events import Told
from tests.golden.run import TENANT, messages, put, shuffled, told
from tests.golden.stage import staged
from tests.golden.stories import stories


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedClickHouse]:
    embedded = EmbeddedClickHouse(tmp_path_factory.mktemp("clickhouse")).start()
    yield embedded
    assert embedded.stop() == 0


@pytest.fixture(scope="module")
def events() -> list[Told]:
    """What was told, each claim from claims.submitted through the stage."""
    return staged(told())


@pytest.fixture(scope="module")
def golden(server: EmbeddedClickHouse, events: list[Told]) -> Iterator[Client]:
    """Everything arrived once and in order."""
    with server.client(autogenerate_session_id=False) as client:
        migrate(client, "golden")
        put(client, messages(events), "once")
        yield client


def test_the_table_is_the_sum_of_what_each_story_was_worked_to_count_for() -> None:
    assert table.TABLE.read_text(encoding="utf-8") == table.text(table.figures()), "python -m tests.golden.table"
    assert len(stories()) >= 40
    assert {name for story in stories() for name in story.counts} == set(names()), "a KPI that no story touches"


def test_every_kpi_in_total_and_by_payer_is_what_was_worked_by_hand(golden: Client) -> None:
    assert list(table_differences(golden)) == []


def test_every_kpi_counts_every_single_bill_as_worked_by_hand(golden: Client) -> None:
    assert list(cell_differences(golden)) == []


def test_shuffled_repeated_and_replayed_events_give_the_same_kpis(
    server: EmbeddedClickHouse, events: list[Told]
) -> None:
    with server.client(autogenerate_session_id=False) as client:
        migrate(client, "storm")
        arrived = messages(shuffled(events, seed=1))
        put(client, arrived, "first", batch=150)
        put(client, arrived, "replay", batch=400)
        assert list(table_differences(client)) == []
        assert list(cell_differences(client)) == []
        judge_what_stands_beside(client)


QUEUED = {
    # By the hours of config/workqueues.yaml. In time: H05 H08 H10 and H13 (posted at once). Late or open: H03 H04 H09
    # H11 H14 H15, and H06 twice, because the second denial opens its item anew.
    "HARBOR": (4, 12),
    # In time: the postings of S05 and S15. Late or open: S02 S04 S05 (underpaid until March 25) S12.
    "SUMMIT": (2, 6),
    # In time: G14, corrected after three days. Late or open: G08, G11 (by two hours), G12, and G13 twice.
    "GRANITE": (1, 6),
}


def test_the_queues_of_correlation_give_the_sla_compliance_that_was_worked_by_hand(server: EmbeddedClickHouse) -> None:
    events = [
        (contract, event)
        for contract, event in told()
        if event["tenant_id"] == TENANT and contract is not WORKQUEUE_CASE
    ]
    cases = Cases(WorkqueueRules.shipped(), CarcGroups.shipped())
    with server.client(autogenerate_session_id=False) as client:
        migrate(client, "queues")
        arrived = messages(events, cases)
        for log in ("once", "again"):
            put(client, arrived, log)
            said = ask(client, TENANT, "sla_compliance", "payer")
            assert {payer: (row["numerator"], row["denominator"]) for payer, row in said.items()} == QUEUED


def test_what_stands_beside_the_kpis_is_what_was_worked_by_hand(golden: Client) -> None:
    judge_what_stands_beside(golden)


def judge_what_stands_beside(golden: Client) -> None:
    quality = ask(golden, TENANT, "prediction_quality")[""]
    # 30 paid and 1 denied at .9, 5 denied at .6, 2 denied at .3: gaps 2.1 + 3.0 + .6 of 38 labels.
    assert quality["ece"] == pytest.approx(5.7 / 38)
    # From the least likely: 2 of 2 and 5 of 5 denied, then 1 more, with which 8 of 38 are denied.
    assert quality["pr_auc"] == pytest.approx((2 + 5 + 8 / 38) / 8)
    assert quality["denial_rate"] == pytest.approx(8 / 38)
    # 27 lags of 20, one of 21, one of 22, six of 30, then 39, 48 and 253: the 35th of 38.
    assert ask(golden, TENANT, "payer_lag")[""]["p90"] == 30
    assert ask(golden, TENANT, "charge_lag")[""]["share_above_3"] == 0
    cash = ask(golden, TENANT, "expected_cash_30d", "payer")["SUMMIT"]
    assert (cash["low"], cash["high"]) == (14_400, 14_400)
    # 55 claims of 200.00, of which 160.00 is expected; S07 has 400.00 and 300.00, the last claim of S15 100.00 and
    # 80.00, and of the bill to NOVA nothing is expected.
    screened = (
        "SELECT sum(claims), sum(charge_cents), sum(expected_cents) FROM kpi_daily_rates WHERE tenant_id = {t:String}"
    )
    assert golden.query(screened, parameters={"t": TENANT}).result_rows == [(55, 1_110_000, 870_000)]
    # Five payments are reversed: four of 160.00 and one of 140.00. PLB takes 50.00 from S01 and 70.00 from nobody
    # known, and pays 3.00 of interest.
    taken = """SELECT sum(sign * takeback_cents), sum(sign * takeback_assigned_cents),
        sum(sign * takeback_unassigned_cents), sum(sign * interest_cents)
        FROM adjudication WHERE tenant_id = {t:String}"""
    assert golden.query(taken, parameters={"t": TENANT}).result_rows == [(90_000, 83_000, 7_000, 300)]


@pytest.mark.parametrize(
    ("kpi", "as_of", "numerator", "denominator"),
    [
        # Without S12 and G16, whose 835s came on October 15: 7 of 36.
        ("initial_denial_rate_live", date(2026, 9, 30), 7, 36),
        ("initial_denial_rate", date(2026, 9, 30), 3, 40 / 3),
        # H01 to H09 were sent by January 15, and nothing was answered: 9 bills of 200.00.
        ("days_in_ar", date(2026, 1, 15), 180_000, 180_000 / 90),
        # By February 10: H01 H07 H08 H10 H13 in full, half of H04, and H11, which is voided only on February 20.
        ("payments", date(2026, 2, 10), 6 * 16_000 + 8_000, 0),
        ("denial_overturn_rate", date(2026, 3, 3), 0, 0),
        ("denial_overturn_rate", date(2026, 3, 4), 1, 1),
    ],
)
def test_the_past_can_be_asked_for(golden: Client, kpi: str, as_of: date, numerator: float, denominator: float) -> None:
    said = ask(golden, TENANT, kpi, as_of=as_of).get("", {"numerator": 0, "denominator": 0})
    assert (said["numerator"], said["denominator"]) == (pytest.approx(numerator), pytest.approx(denominator))


def test_a_payer_of_whom_nothing_is_known_has_rates_without_a_value(golden: Client) -> None:
    for kpi in ("net_collection_rate", "fpccr", "initial_denial_rate_live", "underpayment_variance", "touchless_rate"):
        assert ask(golden, TENANT, kpi, "payer").get("NOVA", {"value": None})["value"] is None
