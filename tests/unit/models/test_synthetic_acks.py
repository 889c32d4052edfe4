"""Synthetic acknowledgements: every set and every claim is answered, with the codes of its fault."""

from __future__ import annotations

import polars as pl
import pytest

from models.synthetic.after.acks import ACK_SCHEMA
from models.synthetic.after.journey import MOST_CLAIMS_A_SET
from schemas.codec.records import decode_record, encode_record
from schemas.contracts import ACKS_RECEIVED
from schemas.registry import CheckedInIds
from tests.unit.models.synthetic_runs import after, run

REJECTED = ("A3", "A6", "A7", "A8")


def of_level(level: str, ack_type: str = "277CA") -> pl.DataFrame:
    """Return the acknowledgements of a level."""
    return after().acks.filter((pl.col("ack_type") == ack_type) & (pl.col("level") == level))


def category() -> pl.Expr:
    """Return the category of the first status."""
    return pl.col("statuses").list.first().struct.field("category_code")


def test_acks_keep_the_contract_through_the_reference_codec() -> None:
    acks, ids = after().acks, CheckedInIds()
    assert acks.schema == ACK_SCHEMA
    assert acks["event_id"].n_unique() == acks.height
    for record in acks.sample(300, seed=1).to_dicts():
        assert decode_record(ACKS_RECEIVED, ids, encode_record(ACKS_RECEIVED, ids, record)) == record


def test_every_set_has_one_verdict_and_one_group() -> None:
    sets, groups = of_level("set", "999"), of_level("group", "999")
    assert sets["subject_token"].n_unique() == sets.height == groups.height
    assert set(sets["decision"]) <= {"A", "E", "R"}
    assert sets.height >= after().submissions.height / MOST_CLAIMS_A_SET


def test_every_submission_carries_the_token_of_its_set() -> None:
    tokens = after().submissions["set_token"]
    assert set(tokens) == set(of_level("set", "999")["subject_token"])
    assert tokens.value_counts().filter(pl.col("count") > MOST_CLAIMS_A_SET).is_empty()


def test_every_submission_is_received_by_the_clearinghouse_and_answered_by_the_payer() -> None:
    found, claims = after(), of_level("claim")
    refused_sets = of_level("set", "999").filter(~pl.col("accepted")).height
    receipts = claims.filter(category() == "A1")
    verdicts = claims.filter(category() != "A1")
    assert receipts.height == verdicts.height
    assert refused_sets > 0 or receipts.height == found.submissions.height
    assert verdicts.height <= found.submissions.height
    assert set(verdicts.select(category()).to_series()) <= {"A2", *REJECTED}


def test_a_rejected_claim_comes_again_later_under_its_number() -> None:
    rejected = of_level("claim").filter(~pl.col("accepted"))
    assert 0.01 < rejected.height / run().events.height < 0.05
    sent = after().submissions.join(
        rejected.select("patient_control_token", rejected_at="received_at"), on="patient_control_token"
    )
    again = sent.filter(pl.col("submitted_at") > pl.col("rejected_at"))
    assert again["patient_control_token"].n_unique() == rejected.height
    assert after().submissions["event_id"].n_unique() == after().submissions.height


@pytest.mark.parametrize(("fault", "status"), [("bad_npi", "562"), ("unbalanced_total", "400"), ("bad_pointer", "477")])
def test_a_rejection_names_what_is_wrong(fault: str, status: str) -> None:
    made = run(claims=12_000, seed=5)
    acks = after(claims=12_000, seed=5).acks.filter((pl.col("level") == "claim") & ~pl.col("accepted"))
    named = made.events.select("patient_control_token", "event_id").join(made.truth, on="event_id")
    joined = acks.join(named, on="patient_control_token").filter(pl.col("faults").list.contains(fault))
    codes = joined.select(pl.col("statuses").list.first().struct.field("status_code")).to_series()
    assert status in codes.to_list()


def test_totals_of_a_batch_are_those_of_its_claims() -> None:
    answers = of_level("claim").with_columns(by_clearinghouse=category() == "A1")
    keys = ["batch_reference", "payer_id"]
    counted = answers.group_by(keys).agg(
        accepted=pl.col("accepted").sum(), rejected=(~pl.col("accepted")).sum(), cents=pl.col("charge_cents").sum()
    )
    joined = of_level("receiver").join(counted, on=keys, suffix="_counted")
    assert joined.height == of_level("receiver").height
    wrong = (
        (pl.col("accepted_count") != pl.col("accepted_counted"))
        | (pl.col("rejected_count") != pl.col("rejected"))
        | (pl.col("accepted_cents") + pl.col("rejected_cents") != pl.col("cents"))
    )
    assert joined.filter(wrong).is_empty()
