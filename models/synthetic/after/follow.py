"""follow: everything that comes after the first submission of synthetic claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.synthetic.after.acks import REFUSABLE, Sent, ack_events, all_sets, set_tokens
from models.synthetic.after.amounts import expected_lines, plan_terms
from models.synthetic.after.journey import (
    AGAIN,
    CORRECTED,
    ORIGINAL,
    REJECTED_SHARE,
    REJECTED_WITH_FAULT,
    VOID,
    Journey,
    Sets,
    Start,
    received_at,
    travel,
)
from models.synthetic.after.remits import Ground, remit_events
from models.synthetic.events import CHANGE_REASON, EVENT_SCHEMA
from models.synthetic.facts import Facts
from models.synthetic.faults import planted
from models.synthetic.identity import Identities, account_number, sealed_people
from models.synthetic.mending import mended_events
from models.synthetic.payers.habits import the_habits
from models.synthetic.profiles import REASONS
from models.synthetic.scenarios.scenario import Scenario
from models.synthetic.world import Flags, Index
from schemas.contracts import CLAIMS_SUBMITTED

_KIND_NAMES = {ORIGINAL: "original", AGAIN: "again", CORRECTED: "corrected", VOID: "void"}
_VOID_REASON = "D5"
_STREAM = 2


@dataclass(frozen=True)
class Aftermath:
    """What came of claims.

    Attributes:
        submissions: Columns of claims.submitted: first and later submissions, ordered by submitted_at.
        acks: Columns of acks.received, ordered by received_at.
        remits: Columns of remits.received, ordered by received_at.
        journey: Truth: one row a decision: event_id of the first submission, kind of the submission decided,
            first (whether it is the first decision), paid_on, received_at, sign, outcome (paid, partial, denied),
            reason, recovery, factor (share of the contract allowed).
    """

    submissions: pl.DataFrame
    acks: pl.DataFrame
    remits: pl.DataFrame
    journey: pl.DataFrame


def follow(
    facts: Facts,
    events: pl.DataFrame,
    names: Identities,
    *,
    scenarios: Sequence[Scenario] = (),
    batch: int = 0,
) -> Aftermath:
    """Take claims through acknowledgement, decision and payment.

    Args:
        facts: Everything drawn about the claims.
        events: Their first submissions as claims.submitted events.
        names: Makes ids and tokens and seals.
        scenarios: Planted stories.
        batch: Number that keeps the control numbers of several runs apart.
    """
    rng = np.random.default_rng([names.seed, _STREAM])
    faults = planted(facts.claims, facts.lines)
    start = _start(facts, events, faults, scenarios)
    journey = travel(start, the_habits(), rng)
    later = np.unique(journey.submissions.filter(pl.col("kind") != ORIGINAL)["claim"].to_numpy())
    sent_again = mended_events(facts, events, later)
    lines = _priced(events, sent_again, later)
    decisions = journey.decisions.with_columns(factor=pl.lit(1.0))
    for scenario in scenarios:
        decisions = scenario.decide(decisions, events, lines)
    sent = Sent(
        journey.submissions, all_sets(journey.submissions, start.sets), events,
        {name: faults[name] for name in REFUSABLE}, facts.claims["patient"], names, batch,
    )  # fmt: skip
    ground = Ground(
        claims=events,
        lines=lines,
        payer=start.payer,
        terms=plan_terms(events, rng),
        denied_line=_denied_lines(facts, events, lines, scenarios),
        names=names,
        batch=batch,
    )
    acks, remits = ack_events(sent, rng), remit_events(ground, journey.submissions, decisions)
    for scenario in scenarios:
        acks, remits = scenario.answer(acks, remits, events)
    return Aftermath(_submitted(sent, sent_again, later), acks, remits, _truth(journey, decisions, events))


def _priced(events: pl.DataFrame, sent_again: pl.DataFrame, later: Index) -> pl.DataFrame:
    """Price every claim's lines; what is sent again is priced as corrected: a fault must not change what is owed."""
    lines = expected_lines(events)
    if not len(later):
        return lines
    corrected = expected_lines(sent_again)["allowed_cents"].to_numpy()
    allowed = lines["allowed_cents"].to_numpy().copy()
    allowed[np.isin(lines["row"].to_numpy(), later)] = corrected
    return lines.with_columns(allowed_cents=pl.Series(allowed))


def _start(facts: Facts, events: pl.DataFrame, faults: dict[str, Flags], scenarios: Sequence[Scenario]) -> Start:
    at = events["submitted_at"].dt.epoch("us").to_numpy()
    outcome = facts.outcome
    refusable = np.any([faults[name] for name in REFUSABLE], axis=0)
    share = np.where(refusable, REJECTED_WITH_FAULT, REJECTED_SHARE)
    slower = np.ones(events.height)
    for scenario in scenarios:
        share = np.maximum(share, scenario.refusal_share(events))
        slower = slower * scenario.slowness(events)
    return Start(
        submitted_at=at,
        sets=Sets.of(at),
        payer=facts.claims["payer"],
        denied=outcome.denied,
        reason=outcome.reason,
        line_count=np.bincount(facts.lines["claim"], minlength=len(at)),
        refusal_share=share,
        slower=slower,
    )


def _denied_lines(facts: Facts, events: pl.DataFrame, lines: pl.DataFrame, scenarios: Sequence[Scenario]) -> Flags:
    """Choose the lines that a partial denial denies: those at fault, else the last one of the claim."""
    claim = lines["row"].to_numpy()
    marked = facts.lines["duplicate"] | facts.lines["panel_part"]
    marked = marked | (facts.claims["visit_modifier_forgotten"][claim] & facts.lines["visit"])
    for scenario in scenarios:
        told = scenario.denied_lines(events, lines)
        marked = np.where(np.bincount(claim, told, events.height)[claim] > 0, told, marked)
    has = np.bincount(claim, weights=marked, minlength=events.height) > 0
    last = np.concatenate([claim[1:] != claim[:-1], [True]])
    result: Flags = np.where(has[claim], marked, last).astype(bool)
    return result


def _submitted(sent: Sent, sent_again: pl.DataFrame, rows: Index) -> pl.DataFrame:
    """Return all submissions as events; `sent_again` are the claims `rows` as they are sent again."""
    submissions = sent.submissions.with_columns(
        at=pl.from_epoch("submitted_at", time_unit="us").dt.replace_time_zone("UTC")
    )
    is_first = submissions["kind"] == ORIGINAL
    first = sent.claims[submissions.filter(is_first)["claim"].to_numpy()]
    later = submissions.filter(~is_first)
    again = sent_again[np.searchsorted(rows, later["claim"].to_numpy())]
    again = again.with_columns(submitted_at=later["at"], kind=later["kind"])
    tokens = set_tokens(sent)
    first = first.with_columns(set_token=tokens.filter(is_first))
    again = again.with_columns(set_token=tokens.filter(~is_first))
    again = _again(sent, again, later)
    return pl.concat([first.select(list(EVENT_SCHEMA)), again.select(list(EVENT_SCHEMA))]).sort(
        "submitted_at", maintain_order=True
    )


def _again(sent: Sent, later: pl.DataFrame, submissions: pl.DataFrame) -> pl.DataFrame:
    names = sent.names
    claim = submissions["claim"].to_list()
    keys = [
        f"{names.tenant_id}:{names.seed}:{one}:{_KIND_NAMES[kind]}"
        for one, kind in zip(claim, submissions["kind"], strict=True)
    ]
    control = pl.Series([f"SYN{names.seed % 10**8:08d}{one:07d}" for one in claim], dtype=pl.String)
    replaced = pl.col("kind") >= CORRECTED
    # A replacement of a claim that was a replacement itself keeps its frequency when it is merely sent again.
    later = later.with_columns(
        frequency_code=pl.when(replaced).then(submissions["frequency"]).otherwise("frequency_code"),
        original_reference=pl.when(replaced).then(control).otherwise("original_reference"),
        touch_count=pl.col("touch_count") + 1,
    )
    institutional = pl.col("claim_type") == "institutional"
    medicare = pl.col("payer_type").is_in(["medicare", "medicare_advantage"])
    reason = pl.when(pl.col("kind") == VOID).then(pl.lit([_VOID_REASON])).otherwise(pl.lit([CHANGE_REASON]))
    later = later.with_columns(
        type_of_bill=pl.when(institutional).then(pl.lit("013") + pl.col("frequency_code")),
        condition_codes=pl.when(institutional & medicare & replaced).then(reason).otherwise("condition_codes"),
    )
    told = later.select(
        "billing_npi", "patient_token", "payer_sequence", "frequency_code", pl.col("service_from").cast(pl.String)
    )
    claim_ids = [
        names.claim_id(billing, account_number(names.seed, one), patient, (sequence, frequency, day))
        for one, (billing, patient, sequence, frequency, day) in zip(claim, told.iter_rows(), strict=True)
    ]
    return _resealed(
        later.with_columns(*names.lineage(keys), claim_id=pl.Series(claim_ids, dtype=pl.String)), sent, claim
    )


def _resealed(later: pl.DataFrame, sent: Sent, claim: list[int]) -> pl.DataFrame:
    names = sent.names
    if names.sealer is None:
        return later
    who = [names.patient(int(number))[1] for number in sent.patient[claim]]
    phi = [
        names.sealed(
            {"account_number": account_number(names.seed, one), **sealed_people(person, relationship)},
            CLAIMS_SUBMITTED.name,
            claim_id,
        )
        for one, person, relationship, claim_id in zip(
            claim, who, later["patient_relationship"], later["claim_id"], strict=True
        )
    ]
    return later.with_columns(phi=pl.Series(phi, dtype=pl.Binary))


def _truth(journey: Journey, decisions: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    kind = journey.submissions["kind"].gather(decisions["submission"])
    return decisions.select(
        event_id=events["event_id"].gather(decisions["claim"]),
        submission=kind.replace_strict(_KIND_NAMES, return_dtype=pl.String),
        first=pl.int_range(pl.len()) < events.height,
        received_at=pl.from_epoch(
            pl.Series(received_at(decisions["paid_on"].to_numpy())), time_unit="us"
        ).dt.replace_time_zone("UTC"),
        paid_on=pl.col("paid_on").cast(pl.Int32).cast(pl.Date),
        sign=pl.col("sign").cast(pl.Int8),
        outcome=pl.col("outcome").replace_strict({0: "paid", 1: "partial", 2: "denied"}, return_dtype=pl.String),
        reason=pl.when(pl.col("reason") >= 0).then(
            pl.col("reason").replace_strict(dict(enumerate(REASONS)), default=None, return_dtype=pl.String)
        ),
        recovery="recovery",
        factor="factor",
    )
