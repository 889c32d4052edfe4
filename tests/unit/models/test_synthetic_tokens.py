"""Synthetic claims written as X12 and taken in again: the intake makes the tokens that the generator made."""

from __future__ import annotations

from models.synthetic import generate
from processors.x12 import ParsedClaim
from processors.x12.writers.claims837 import write_claims
from processors.x12.writers.interchange import Address
from tests.unit.models.synthetic_runs import START
from tests.unit.x12.reading import NOW, SEALER, TOKENS, results

TENANT = "acme"
TOLD = ("patient_sex", "patient_state", "total_charge_cents", "diagnosis_codes", "lines", "other_payers", "payer_id")
JOINED = ("claim_id", "patient_token", "patient_control_token")


def test_the_intake_gives_first_and_later_submissions_the_tokens_of_the_generator() -> None:
    made = generate(400, 17, start=START, tenant_id=TENANT, sealer=SEALER, tokenizer=TOKENS, with_outcomes=True)
    assert made.after is not None
    events = made.after.submissions.to_dicts()
    assert {event["frequency_code"] for event in events} >= {"1", "7"}
    pairs = [(event, SEALER.open_json(event["phi"], TENANT, "claims.submitted", event["claim_id"])) for event in events]
    raw = b"".join(write_claims(pairs, Address("ME", "YOU"), NOW))
    taken = [one.event for one in results(raw) if isinstance(one, ParsedClaim)]
    expected = sorted(tuple(event[name] for name in JOINED) for event in events)
    assert sorted(tuple(event[name] for name in JOINED) for event in taken) == expected
    # A claim that is sent again has the id of the first submission; any other id is one event's own.
    ids = [event["claim_id"] for event in events]
    by_id = {event["claim_id"]: event for event in taken}
    for event in events:
        if ids.count(event["claim_id"]) == 1:
            assert {name: by_id[event["claim_id"]][name] for name in TOLD} == {name: event[name] for name in TOLD}
    assert any(event["patient_relationship"] != "18" for event in taken)
