"""Events become rows: deterministic, sorted, and with deltas that add up."""

from datetime import UTC, datetime
from typing import Any

import polars as pl

from sink.rows import Positions, dead_letter_tables, scored_tables
from tests.scored_events import dead_letter_frame, scored_event, scored_frame

MILLIS = 1_772_323_200_123
ORDERS = {
    "claims_header": ["tenant_id", "claim_id", "version"],
    "claims_line": ["tenant_id", "claim_id", "event_id", "line_number"],
    "claim_findings": ["tenant_id", "claim_id", "event_id", "finding_number"],
    "claim_event": ["tenant_id", "event_type", "subject_id", "revision", "sign"],
}


def tables(events: list[dict[str, Any]]) -> dict[str, pl.DataFrame]:
    positions = Positions(3, range(100, 100 + len(events)), [MILLIS] * len(events))
    return {name: pl.DataFrame(t) for name, t in scored_tables(scored_frame(events), positions).items()}


def one_event(**changes: Any) -> dict[str, Any]:
    return tables([scored_event(1, **changes)])["claim_event"].row(0, named=True)


def test_every_event_has_its_header_lines_findings_and_event() -> None:
    events = [scored_event(n) for n in range(300)]
    made = tables(events)
    assert made["claims_header"].height == made["claim_event"].height == 300
    assert made["claims_line"].height == sum(len(e["lines"]) for e in events)
    assert made["claim_findings"].height == sum(len(e["findings"]) for e in events)
    for name, order in ORDERS.items():
        assert made[name].equals(made[name].sort(order, maintain_order=True)), name


def test_the_same_records_give_the_same_rows() -> None:
    events = [scored_event(n) for n in range(200)]
    first, second = tables(events), tables(events)
    assert all(first[name].equals(second[name]) for name in first)


def test_rows_carry_their_place_and_time_in_kafka() -> None:
    header = tables([scored_event(1), scored_event(2)])["claims_header"].sort("kafka_offset")
    assert header["kafka_partition"].to_list() == [3, 3]
    assert header["kafka_offset"].to_list() == [100, 101]
    assert header["ingested_at"].to_list() == [datetime(2026, 3, 1, 0, 0, 0, 123_000, tzinfo=UTC)] * 2
    assert header["version"].to_list() == [MILLIS * 2**20 + 100, MILLIS * 2**20 + 101]


def test_a_later_event_of_a_claim_has_the_greater_version() -> None:
    positions = Positions(0, [2**20 - 1, 2**20], [MILLIS, MILLIS + 1])
    frame = scored_frame([scored_event(1), scored_event(1)])
    versions = pl.DataFrame(scored_tables(frame, positions)["claims_header"]).sort("kafka_offset")["version"]
    assert versions.is_sorted()


def test_deltas_count_a_clean_claim() -> None:
    event = one_event(disposition="ready", error_count=0, touch_count=None, payer_id=None, queue=None)
    assert (event["claims_delta"], event["clean_claims_delta"], event["error_claims_delta"]) == (1, 1, 0)
    assert (event["payer_id"], event["queue"]) == ("", "")
    touched = one_event(disposition="ready", error_count=0, touch_count=2)
    wrong = one_event(disposition="ready", error_count=1, touch_count=0)
    assert (touched["clean_claims_delta"], wrong["clean_claims_delta"], wrong["error_claims_delta"]) == (0, 0, 1)


def test_deltas_of_an_unpriced_claim_leave_the_denominator_alone() -> None:
    event = one_event(expected_allowed_cents=None, total_charge_cents=500)
    assert event["charge_cents_delta"] == 500
    assert (event["priced_claims_delta"], event["priced_charge_cents_delta"], event["expected_cents_delta"]) == (
        0,
        0,
        0,
    )
    assert event["at_risk_cents_delta"] == 0


def test_dollars_at_risk_are_whole_cents_rounded_half_up() -> None:
    assert one_event(expected_allowed_cents=10_001, approval_probability=0.25)["at_risk_cents_delta"] == 7_501
    assert one_event(expected_allowed_cents=1, approval_probability=0.5)["at_risk_cents_delta"] == 1
    assert one_event(expected_allowed_cents=10_000, approval_probability=1.0)["at_risk_cents_delta"] == 0


def test_findings_are_counted_by_rule_with_the_worst_severity() -> None:
    def finding(rule: str, severity: str) -> dict[str, Any]:
        return {"line_number": 1, "rule_id": rule, "severity": severity, "message": "m", "path": "p"}

    event = one_event(findings=[finding("b", "warning"), finding("a", "info"), finding("b", "error")])
    assert event["finding_rule_ids"] == ["a", "b"]
    assert event["finding_severities"] == ["info", "error"]
    assert event["finding_counts"] == [1, 2]
    assert one_event(findings=[])["finding_rule_ids"] == []


def test_reasons_become_two_arrays_of_one_order() -> None:
    reasons = [{"reason": "modifier", "probability": 0.6}, {"reason": "duplicate", "probability": 0.3}]
    header = tables([scored_event(1, reasons=reasons)])["claims_header"]
    assert header["denial_reasons"].to_list() == [["modifier", "duplicate"]]
    assert header["denial_reason_probabilities"].to_list() == [[0.6, 0.3]]


def test_claims_without_lines_and_findings_make_no_such_rows() -> None:
    made = tables([scored_event(1, lines=[], findings=[])])
    assert set(made) == {"claims_header", "claim_event", "claim_scores", "provider_work"}


def test_dead_letters_keep_their_sealed_bytes() -> None:
    made = pl.DataFrame(dead_letter_tables(dead_letter_frame(5), Positions(0, range(5), [MILLIS] * 5))["dead_letters"])
    assert made["source_offset"].to_list() == [0, 1, 2, 3, 4]
    assert made["sealed_payload"].to_list() == [bytes(range(256))] * 5
