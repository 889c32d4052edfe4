"""Synthetic remittances: to the cent, joined to their claims, each thing at its time."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from models.synthetic import generate
from models.synthetic.after.amounts import expected_lines
from models.synthetic.after.remit_lines import REMIT_SCHEMA
from models.synthetic.history import PSEUDO_CLAIMS, known_rates
from schemas.codec.records import decode_record, encode_record
from schemas.contracts import REMITS_RECEIVED
from schemas.phi import Keyring, RepeatableSealer, Tokenizer
from schemas.registry import CheckedInIds
from tests.unit.models.synthetic_runs import START, after, lines_of, run


def claims_of(remits: pl.DataFrame) -> pl.DataFrame:
    """Return the claim payments."""
    return remits.filter(pl.col("kind") == "claim")


def test_remits_keep_the_contract_through_the_reference_codec() -> None:
    remits, ids = after().remits, CheckedInIds()
    assert remits.schema == REMIT_SCHEMA
    for record in remits.head(200).to_dicts() + remits.filter(pl.col("kind") == "provider").head(20).to_dicts():
        assert decode_record(REMITS_RECEIVED, ids, encode_record(REMITS_RECEIVED, ids, record)) == record


def test_every_line_every_claim_and_every_payment_balances() -> None:
    remits = after().remits
    lines = lines_of(remits)
    adjusted = lines["adjustments"].list.eval(pl.element().struct.field("amount_cents")).list.sum()
    assert (lines["charge_cents"] - adjusted - lines["paid_cents"]).abs().sum() == 0
    assert lines["adjustments"].list.eval(pl.element().struct.field("amount_cents") == 0).list.any().sum() == 0
    sums = lines.group_by("event_id").agg(pl.col("charge_cents", "paid_cents").sum())
    joined = claims_of(remits).join(sums, on="event_id", suffix="_lines")
    assert joined.height == claims_of(remits).height
    assert joined.filter(
        (pl.col("charge_cents") != pl.col("charge_cents_lines")) | (pl.col("paid_cents") != pl.col("paid_cents_lines"))
    ).is_empty()
    payments = remits.group_by("payment_id").agg(
        paid=pl.col("paid_cents").sum(),
        claims=(pl.col("kind") == "claim").sum(),
        told=pl.col("transaction_claims").first(),
        payment=pl.col("payment_cents").first(),
        adjusted=pl.col("provider_adjustment_cents").first(),
        listed=pl.col("provider_adjustments")
        .list.eval(pl.element().struct.field("amount_cents"))
        .list.sum()
        .filter(pl.col("kind") == "provider")
        .sum(),
    )
    assert payments.filter(pl.col("paid") - pl.col("adjusted") != pl.col("payment")).is_empty()
    assert payments.filter(pl.col("listed") != pl.col("adjusted")).is_empty()
    assert payments.filter(pl.col("claims") != pl.col("told")).is_empty()
    assert payments["payment"].min() == 0


def test_what_the_patient_owes_is_the_sum_of_the_patient_adjustments() -> None:
    remits = claims_of(after().remits)
    amount = pl.when(pl.col("adjustments").struct.field("group_code") == "PR").then(
        pl.col("adjustments").struct.field("amount_cents")
    )
    owed = lines_of(remits).explode("adjustments").group_by("event_id").agg(owed=amount.sum())
    joined = remits.join(owed, on="event_id")
    assert joined.filter(pl.col("owed") != pl.col("patient_responsibility_cents")).is_empty()


def test_a_payer_allows_what_its_contract_says() -> None:
    made, remits = run(), claims_of(after().remits)
    agreed = expected_lines(made.events).select(
        patient_control_token=made.events["patient_control_token"].gather(expected_lines(made.events)["row"]),
        expected_allowed_cents="expected_allowed_cents",
    )
    agreed = agreed.with_columns(line_number=pl.int_range(1, pl.len() + 1).over("patient_control_token"))
    paid = lines_of(remits.filter(~pl.col("reversal"))).filter(pl.col("allowed_cents").is_not_null())
    joined = paid.join(agreed, on=["patient_control_token", "line_number"]).drop_nulls("expected_allowed_cents")
    assert joined.height > 5_000
    assert joined.filter(pl.col("allowed_cents") != pl.col("expected_allowed_cents")).is_empty()


def test_the_first_remittance_of_a_claim_says_what_the_truth_says() -> None:
    made, remits = run(), claims_of(after().remits)
    first = remits.sort("received_at", maintain_order=True).unique("patient_control_token", keep="first")
    named = made.events.select("event_id", "patient_control_token").join(made.truth, on="event_id")
    joined = first.join(named, on="patient_control_token", suffix="_claim")
    assert joined.height == made.events.height
    refused = (pl.col("claim_status_code") == "4") | _a_line_is_denied()
    assert joined.filter(pl.col("denied") != refused).is_empty()


def _a_line_is_denied() -> pl.Expr:
    paid_reasons = ["45", "1", "2", "3", "253", "23"]
    carc = pl.element().struct.field("adjustments").list.eval(~pl.element().struct.field("carc").is_in(paid_reasons))
    return pl.col("lines").list.eval(carc.list.any()).list.any()


def test_nothing_comes_back_before_it_was_sent() -> None:
    found = after()
    sent = found.submissions.group_by("patient_control_token").agg(first_sent=pl.col("submitted_at").min())
    for frame in (found.acks, claims_of(found.remits)):
        joined = frame.drop_nulls("patient_control_token").join(sent, on="patient_control_token")
        assert joined.height == frame.drop_nulls("patient_control_token").height
        assert joined.filter(pl.col("received_at") <= pl.col("first_sent")).is_empty()
    for frame, instant in (
        (found.acks, "received_at"),
        (found.remits, "received_at"),
        (found.submissions, "submitted_at"),
    ):
        assert frame[instant].is_sorted()


def test_a_replacement_follows_a_denial_and_a_void_follows_a_payment() -> None:
    found = after(claims=12_000, seed=5)
    later = found.submissions.filter(pl.col("original_reference").str.starts_with("SYN0"))
    assert set(later["frequency_code"]) == {"7", "8"}
    remits = claims_of(found.remits).sort("received_at", maintain_order=True)
    first = remits.unique("patient_control_token", keep="first").select(
        "patient_control_token", "received_at", "paid_cents"
    )
    joined = later.join(first, on="patient_control_token")
    assert joined.height == later.height
    assert joined.filter(pl.col("submitted_at") <= pl.col("received_at")).is_empty()


def test_a_reversal_takes_back_what_was_paid_and_stands_before_the_correction() -> None:
    remits = claims_of(after(claims=12_000, seed=5).remits)
    assert remits.filter(pl.col("reversal"))["claim_status_code"].unique().to_list() == ["22"]
    net = remits.sort("received_at", maintain_order=True).with_columns(
        so_far=pl.col("charge_cents").cum_sum().over("patient_control_token"),
        place=pl.int_range(pl.len()),
    )
    # A reversal never takes more back than was stated before, and corrections stand behind their reversal.
    assert net.filter(pl.col("reversal") & (pl.col("so_far") < 0)).is_empty()
    corrected = net.filter("correction").select("payment_id", "patient_control_token", "place")
    reversed_ = net.filter("reversal").select("payment_id", "patient_control_token", before="place")
    joined = corrected.join(reversed_, on=["payment_id", "patient_control_token"], how="left")
    assert joined.filter(pl.col("before").is_null() | (pl.col("before") >= pl.col("place"))).is_empty()


def test_second_chances_are_paid_about_as_often_as_published() -> None:
    journey = after(claims=12_000, seed=5).journey
    denied = journey.filter(pl.col("first") & (pl.col("outcome") != "paid"))
    won = journey.filter(~pl.col("first") & (pl.col("sign") == 1) & (pl.col("outcome") == "paid"))
    share = won.join(denied, on="event_id", how="semi").height / denied.height
    assert 0.3 < share < 0.6


def test_payers_differ_in_how_long_they_take() -> None:
    remits = claims_of(after(claims=12_000, seed=5).remits)
    days = remits.select("payer_id", days=(pl.col("paid_on") - pl.col("received_on")).dt.total_days())
    medians = days.group_by("payer_id").agg(pl.col("days").median(), pl.len()).filter(pl.col("len") > 100)
    assert medians["days"].max() > 1.6 * medians["days"].min()  # type: ignore[operator]  # medians of days


def test_remittances_join_their_claims_by_the_tokens_of_the_intake_and_seal_the_account() -> None:
    keyring = Keyring.ephemeral()
    sealer, tokens = RepeatableSealer(keyring), Tokenizer(keyring)
    made = generate(200, 3, start=START, with_outcomes=True, sealer=sealer, tokenizer=tokens)
    assert made.after is not None
    for row in claims_of(made.after.remits).head(50).iter_rows(named=True):
        opened = sealer.open_json(row["phi"], "demo", "remits.received", row["event_id"])
        assert tokens.token("demo", "patient_control", opened["account_number"]) == row["patient_control_token"]
    for row in made.after.acks.drop_nulls("patient_control_token").head(50).iter_rows(named=True):
        opened = sealer.open_json(row["phi"], "demo", "acks.received", row["event_id"])
        assert tokens.token("demo", "patient_control", opened["account_number"]) == row["patient_control_token"]


def test_rates_of_an_instant_do_not_know_what_is_received_later() -> None:
    made, journey = run(), after().journey
    rates = known_rates(made.events, journey)
    cut = START + timedelta(days=40)
    moved = journey.with_columns(
        received_at=pl.when(pl.col("received_at") > cut)
        .then(pl.col("received_at") + pl.duration(days=400))
        .otherwise("received_at"),
        outcome=pl.when(pl.col("received_at") > cut).then(pl.lit("denied")).otherwise("outcome"),
    )
    other = known_rates(made.events, moved)
    before = pl.col("as_of") <= cut
    assert rates.filter(before).equals(other.filter(before))
    assert not rates.filter(~before).equals(other.filter(~before))


def test_a_rate_is_shrunk_to_the_rate_of_all_decisions_so_far() -> None:
    made, journey = run(), after().journey
    rates = known_rates(made.events, journey).filter((pl.col("scope") == "payer") & (pl.col("key") == "CSCOM01"))
    last = rates.row(-1, named=True)
    first = journey.filter("first").join(made.events.select("event_id", "payer_id"), on="event_id")
    seen = first.filter(pl.col("received_at") <= last["as_of"])
    of_payer = seen.filter(pl.col("payer_id") == "CSCOM01")
    denied = int((of_payer["outcome"] != "paid").sum())
    overall = float((seen["outcome"] != "paid").mean())  # type: ignore[arg-type]  # a mean of flags
    expected = (denied + PSEUDO_CLAIMS * overall) / (of_payer.height + PSEUDO_CLAIMS)
    assert last["weight"] == of_payer.height
    assert last["rate"] == pytest.approx(expected, abs=0.005)
