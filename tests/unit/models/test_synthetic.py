"""Synthetic claims: deterministic, true to the contract, with the intended denials."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from models.synthetic import generate
from models.synthetic.events import EVENT_SCHEMA
from models.synthetic.facts import draw_facts
from models.synthetic.identity import canary
from models.synthetic.outcome import first_causes
from models.synthetic.profiles import BASE_DENIAL_RATE, REASON_SHARES, REASONS
from models.synthetic.world import with_check_digit
from processors.npi import INVALID, npi_checks
from schemas.codec.records import decode_record, encode_record
from schemas.contracts import CLAIMS_SUBMITTED
from schemas.errors import BadInputError
from schemas.phi import Keyring, Sealer, Tokenizer
from schemas.registry import CheckedInIds

START = datetime(2026, 3, 1, tzinfo=UTC)


def test_the_same_seed_gives_the_same_claims_and_another_seed_others() -> None:
    one, two, other = (generate(500, seed, start=START) for seed in (1, 1, 2))
    assert one.events.equals(two.events)
    assert one.truth.equals(two.truth)
    assert not one.events["total_charge_cents"].equals(other.events["total_charge_cents"])
    assert set(one.events["event_id"]).isdisjoint(other.events["event_id"])


def test_events_keep_the_contract_through_the_reference_codec() -> None:
    events = generate(300, 3, start=START).events
    assert events.schema == EVENT_SCHEMA
    ids = CheckedInIds()
    for record in events.to_dicts():
        assert decode_record(CLAIMS_SUBMITTED, ids, encode_record(CLAIMS_SUBMITTED, ids, record)) == record


def test_a_single_claim_can_be_generated() -> None:
    assert generate(1, 1, start=START).events.height == 1


def test_the_truth_never_travels_in_the_event() -> None:
    made = generate(50, 1, start=START)
    assert set(made.truth.columns) == {"event_id", "denied", "reason", "true_p_denied", "cause", "faults"}
    assert set(made.truth.columns) & set(made.events.columns) == {"event_id"}
    assert made.truth["event_id"].equals(made.events["event_id"])


def test_claims_have_the_intended_mix_and_three_lines_on_average() -> None:
    events = generate(8_000, 4, start=START).events
    shares = dict(events["claim_type"].value_counts(normalize=True).iter_rows())
    assert shares["professional"] == pytest.approx(0.88, abs=0.02)
    assert shares["institutional"] == pytest.approx(0.08, abs=0.02)
    lengths = events["lines"].list.len()
    assert 2.0 < float(lengths.mean()) < 3.3  # type: ignore[arg-type]  # a mean of integers
    assert (lengths.min(), lengths.max()) == (1, 8)
    assert events["event_id"].n_unique() == events.height


def test_a_few_claims_carry_real_billing_mistakes_and_most_balance() -> None:
    events = generate(8_000, 5, start=START).events
    lines = events["lines"].list.eval(pl.element().struct.field("charge_cents")).list.sum()
    assert 0.001 < float((lines != events["total_charge_cents"]).mean()) < 0.01  # type: ignore[arg-type]
    checks = npi_checks(events["rendering_npi"].drop_nulls().to_frame())
    assert 0.001 < (checks == INVALID).mean() < 0.01


def test_made_npis_have_a_valid_check_digit() -> None:
    assert with_check_digit(123_456_789) == "1234567893"  # the example of the NPI standard
    assert (npi_checks(pl.DataFrame({"npi": ["1234567893", "1234567894"]})) == INVALID).tolist() == [[False, True]]


def test_services_lie_before_the_submission() -> None:
    events = generate(3_000, 6, start=START, span=timedelta(days=30)).events
    late = events.filter(pl.col("service_to") > pl.col("submitted_at").dt.date())
    assert late.height == 0
    assert events["submitted_at"].is_sorted()
    assert events["submitted_at"][0] == START


@pytest.mark.parametrize("profile", ["seed", "field"])
def test_denials_and_their_reasons_have_the_intended_shares(profile: str) -> None:
    outcome = draw_facts(40_000, 11, profile).outcome
    assert outcome.denied.mean() == pytest.approx(BASE_DENIAL_RATE, abs=0.01)
    assert outcome.true_p_denied.mean() == pytest.approx(outcome.denied.mean(), abs=0.008)
    stated = outcome.reason[outcome.denied]
    for number, reason in enumerate(REASONS):
        assert (stated == number).mean() == pytest.approx(REASON_SHARES[reason], abs=0.02), reason


def test_true_probabilities_are_calibrated_and_sharper_in_the_seed_profile() -> None:
    spread = {}
    for profile in ("seed", "field"):
        outcome = draw_facts(30_000, 12, profile).outcome
        high = outcome.true_p_denied > 0.4
        assert outcome.denied[high].mean() == pytest.approx(outcome.true_p_denied[high].mean(), abs=0.03)
        spread[profile] = outcome.true_p_denied.std()
    assert spread["seed"] > 1.3 * spread["field"]


def test_first_causes_and_survival_add_up_to_one() -> None:
    hazards = np.random.default_rng(1).random((50, 16)) * 0.3
    total = first_causes(hazards).sum(axis=1) + np.prod(1 - hazards, axis=1)
    assert total == pytest.approx(np.ones(50))


def test_identities_are_sealed_for_their_claim_and_absent_in_the_clear() -> None:
    keyring = Keyring.ephemeral()
    sealer = Sealer(keyring)
    made = generate(20, 8, start=START, sealer=sealer, tokenizer=Tokenizer(keyring))
    row = made.events.row(0, named=True)
    opened = sealer.open_json(row["phi"], "demo", "claims.submitted", row["claim_id"])
    assert opened["subscriber"]["last"].startswith("ZZCANARY")
    assert set(opened["subscriber"]) == set(canary(8, 0, 40, "F"))
    clear = made.events.drop("phi").write_json().encode()
    assert b"ZZ" not in clear.replace(b"ZZ999", b"")
    # Two letters stand in some thousand sealed bytes by chance; whole words do not.
    sealed = b"".join(made.events["phi"])
    words = set(re.findall(rb"[A-Z0-9]{6,}", json.dumps(opened).encode()))
    assert any(word.startswith(b"ZZCANARY") for word in words)
    assert b"ZZCANARY" not in sealed
    assert [word for word in words if word in sealed] == []


@pytest.mark.parametrize(
    ("claims", "start", "profile"),
    [(0, START, "seed"), (5, START.replace(tzinfo=None), "seed"), (5, START, "dream")],
)
def test_impossible_orders_are_answered(claims: int, start: datetime, profile: str) -> None:
    with pytest.raises(BadInputError):
        generate(claims, 1, start=start, profile=profile)
