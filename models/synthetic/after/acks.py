"""Submissions turned into acks.received events: 999 by set, 277CA of clearinghouse and payer by claim."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from models.synthetic.after.journey import BY_PAYER, BY_SET, HOUR_US, ORIGINAL, Sets
from models.synthetic.conform import complete, records
from models.synthetic.identity import Identities, account_number
from models.synthetic.world import Flags, Index
from schemas.codec.dtypes import frame_schema
from schemas.contracts import ACKS_RECEIVED

ACK_SCHEMA = frame_schema(ACKS_RECEIVED.schema)
CLEARINGHOUSE, RECEIVER = "SYNCLEARING", "SYNBILLING"
_GUIDES = {"999": "005010X231A1", "277CA": "005010X214"}
_CLAIM_GUIDES = ("005010X222A1", "005010X223A2", "005010X224A2")
_FIRST_CONTROL = 1_000
_NOTED_SHARE = 0.02
# What a front end says of each fault: category, status, entity; the first fault that a claim has counts.
_REFUSALS: dict[str, tuple[str, str, str | None]] = {
    "bad_npi": ("A7", "562", "82"),
    "member_missing": ("A6", "164", "IL"),
    "member_invalid": ("A7", "164", "IL"),
    "invalid_diagnosis": ("A7", "255", None),
    "bad_pointer": ("A8", "477", None),
    "unbalanced_total": ("A7", "400", None),
    "dates_swapped": ("A7", "187", None),
    "invalid_pos": ("A7", "249", None),
    "no_taxonomy": ("A6", "145", "85"),
}
REFUSABLE: tuple[str, ...] = tuple(_REFUSALS)
"""Faults that a payer's front end may refuse a claim for."""

_ANY_REFUSAL: tuple[str, str, str | None] = ("A3", "33", "IL")


@dataclass(frozen=True)
class Sent:
    """Everything that was sent.

    Attributes:
        submissions: As in Journey, in its order.
        sets: Their transaction sets.
        claims: The first submissions (claims.submitted), one row a claim.
        faults: Which claims have each fault of REFUSABLE.
        patient: Position of each claim's patient.
        names: Makes ids and tokens and seals.
        batch: Number that keeps the control numbers of several runs apart.
    """

    submissions: pl.DataFrame
    sets: Sets
    claims: pl.DataFrame
    faults: dict[str, Flags]
    patient: Index
    names: Identities
    batch: int

    def set_controls(self, number: Index) -> pl.Series:
        """Return ST02 of sets; GS06 is the same number."""
        return pl.Series([f"{self.batch:04d}{_FIRST_CONTROL + one:06d}" for one in number.tolist()], dtype=pl.String)


def all_sets(submissions: pl.DataFrame, originals: Sets) -> Sets:
    """Return the sets of all submissions: first ones as they were cut, later ones by the quarter of an hour."""
    at = submissions["submitted_at"].to_numpy()
    later = np.flatnonzero(submissions["kind"].to_numpy() != ORIGINAL)
    number, sent = np.zeros(len(at), dtype=np.int64), at.copy()
    first = np.flatnonzero(submissions["kind"].to_numpy() == ORIGINAL)
    number[first], sent[first] = originals.number, originals.sent_at
    if not len(later):
        return Sets(number, originals.count, sent)
    made = Sets.of(at[later])
    number[later], sent[later] = originals.count + made.number, made.sent_at
    return Sets(number, originals.count + made.count, sent)


def set_tokens(sent: Sent) -> pl.Series:
    """Return the token of each submission's set, which its 999 carries as subject_token."""
    control = sent.set_controls(np.arange(sent.sets.count))
    tokens = [sent.names.tokens.token(sent.names.tenant_id, "acknowledged", one, one) for one in control]
    return pl.Series(tokens, dtype=pl.String).gather(sent.sets.number)


def ack_events(sent: Sent, rng: np.random.Generator) -> pl.DataFrame:
    """Build the events of all submissions, ordered by receipt."""
    if sent.submissions.is_empty():
        return pl.DataFrame(schema=ACK_SCHEMA)
    parts = [*_set_acks(sent, rng), *_claim_acks(sent, rng)]
    return pl.concat(parts).sort("received_at", "transaction_control", maintain_order=True)


def _set_acks(sent: Sent, rng: np.random.Generator) -> list[pl.DataFrame]:
    """Return the 999 of each set: group level, set level, and what is noted about segments of some."""
    sets, names = sent.sets, sent.names
    table = (
        pl.DataFrame({"set": sets.number, "sent_at": sets.sent_at, "refusal": sent.submissions["refusal"]})
        .group_by("set")
        .agg(pl.col("sent_at").max(), refused=(pl.col("refusal") == BY_SET).any())
        .sort("set")
    )
    count = table.height
    minutes = np.clip(rng.gamma(2.0, 9.0, count), 2, 240)
    noted = rng.random(count) < _NOTED_SHARE
    refused = table["refused"].to_numpy()
    control = sent.set_controls(table["set"].to_numpy())
    token = pl.Series(
        [names.tokens.token(names.tenant_id, "acknowledged", one, one) for one in control], dtype=pl.String
    )
    group = pl.Series([names.tokens.token(names.tenant_id, "acknowledged", one) for one in control], dtype=pl.String)
    decision = np.where(refused, "R", np.where(noted, "E", "A"))
    base = table.select(
        received_us=pl.col("sent_at") + pl.Series((minutes * 60e6).astype(np.int64)),
        ack_type=pl.lit("999"),
        decision=pl.Series(decision.tolist()),
        accepted=pl.Series(~refused),
        functional_id=pl.lit("HC"),
        acknowledged_group=control,
        acknowledged_guide=pl.lit(_CLAIM_GUIDES[0]),
        transaction_control=control,
    )
    of_set = base.with_columns(
        level=pl.lit("set"),
        subject_token=token,
        set_id=pl.lit("837"),
        acknowledged_set=control,
        error_codes=pl.when(pl.col("decision") != "A").then(pl.lit(["5"])).otherwise(pl.lit([], pl.List(pl.String))),
    )
    of_group = base.with_columns(
        level=pl.lit("group"),
        subject_token=group,
        decision=pl.when("accepted").then(pl.lit("A")).otherwise(pl.lit("R")),
        sets_included=pl.lit(1),
        sets_received=pl.lit(1),
        sets_accepted=pl.col("accepted").cast(pl.Int32),
    )
    of_segment = of_set.filter(pl.col("decision") != "A").with_columns(
        level=pl.lit("segment"),
        decision=pl.lit(""),
        accepted=pl.lit(value=False),
        error_codes=pl.lit(["8"]),
        segment_id=pl.lit("CLM"),
        segment_position=pl.lit(22),
        loop=pl.lit("2300"),
    )
    return [_finished(part, sent) for part in (of_set, of_segment, of_group)]


def _claim_acks(sent: Sent, rng: np.random.Generator) -> list[pl.DataFrame]:
    """Return the 277CA events: the clearinghouse's receipt, then the payer's verdict, with their totals."""
    taken = np.flatnonzero(sent.submissions["refusal"].to_numpy() != BY_SET)
    submissions, number = sent.submissions[taken], sent.sets.number[taken]
    minutes = np.clip(rng.gamma(3.0, 20.0, sent.sets.count), 10, 300)
    passed_on = sent.sets.sent_at[taken] + (minutes[number] * 60e6).astype(np.int64)
    receipt = _of_claims(sent, submissions, number, passed_on).with_columns(
        accepted=pl.lit(value=True), category=pl.lit("A1"), status=pl.lit("19"), entity=pl.lit("PR"),
        payer_id=pl.lit(CLEARINGHOUSE), payer_claim_control_number=pl.lit(None, pl.String),
    )  # fmt: skip
    answered = np.maximum(submissions["answered_at"].to_numpy(), passed_on + HOUR_US // 4)
    category, status, entity = _verdicts(sent, submissions)
    verdict = _of_claims(sent, submissions, number, answered).with_columns(
        accepted=submissions["refusal"] != BY_PAYER, category=category, status=status, entity=entity,
    )  # fmt: skip
    verdict = verdict.with_columns(
        payer_claim_control_number=pl.when("accepted").then("payer_claim_control_number"),
    )
    found = [_finished(_with_status(part), sent) for part in (receipt, verdict)]
    return [*found, *(_totals(part, sent) for part in (receipt, verdict))]


def _verdicts(sent: Sent, submissions: pl.DataFrame) -> tuple[pl.Series, pl.Series, pl.Series]:
    claim = submissions["claim"].to_numpy()
    rows = np.full(len(claim), len(REFUSABLE))
    for place, name in reversed(list(enumerate(REFUSABLE))):
        rows[sent.faults[name][claim]] = place
    rows = np.where(submissions["refusal"].to_numpy() == BY_PAYER, rows, len(REFUSABLE) + 1)
    said = [*_REFUSALS.values(), _ANY_REFUSAL, ("A2", "20", "PR")]
    category, status, entity = (pl.Series(values, dtype=pl.String).gather(rows) for values in zip(*said, strict=True))
    return category, status, entity


def _of_claims(sent: Sent, submissions: pl.DataFrame, number: Index, at: Index) -> pl.DataFrame:
    claim = submissions["claim"].to_numpy()
    facts = sent.claims.select(
        "patient_control_token", "payer_id", "billing_npi", "total_charge_cents", "service_from", "service_to",
        "type_of_bill",
    )[claim]  # fmt: skip
    control = [f"SYN{sent.names.seed % 10**8:08d}{one:07d}" for one in claim.tolist()]
    return facts.select(
        "patient_control_token",
        "payer_id",
        "service_from",
        "service_to",
        "type_of_bill",
        subject_token=pl.col("patient_control_token"),
        provider_npi=pl.col("billing_npi"),
        charge_cents=pl.col("total_charge_cents"),
        level=pl.lit("claim"),
        payer_claim_control_number=pl.Series(control, dtype=pl.String),
        received_us=pl.Series(at),
        batch_reference=sent.set_controls(number),
        clearinghouse_trace=pl.lit("T") + pl.Series(control, dtype=pl.String).str.slice(3),
        claim=pl.Series(claim),
    )


def _with_status(frame: pl.DataFrame) -> pl.DataFrame:
    decision = pl.when("accepted").then(pl.lit("WQ")).otherwise(pl.lit("U"))
    given = ["action_code", "effective_on", "category_code", "status_code", "entity_code"]
    frame = frame.with_columns(
        decision=decision,
        action_code=decision,
        effective_on=pl.from_epoch("received_us", time_unit="us").dt.date(),
        category_code=pl.col("category"),
        status_code=pl.col("status"),
        entity_code=pl.col("entity"),
        ack_type=pl.lit("277CA"),
        transaction_control=pl.col("batch_reference") + pl.col("category").str.slice(0, 1) + pl.col("payer_id"),
    )
    return frame.with_columns(statuses=pl.concat_list(records(ACK_SCHEMA, "statuses", given)))


def _totals(claims: pl.DataFrame, sent: Sent) -> pl.DataFrame:
    """Return the receiver level of each answer: how many claims and how much was accepted and refused."""
    table = claims.group_by("batch_reference", "payer_id", maintain_order=True).agg(
        received_us=pl.col("received_us").max(),
        accepted_count=pl.col("accepted").sum().cast(pl.Int32),
        rejected_count=(~pl.col("accepted")).sum().cast(pl.Int32),
        accepted_cents=pl.col("charge_cents").filter(pl.col("accepted")).sum(),
        rejected_cents=pl.col("charge_cents").filter(~pl.col("accepted")).sum(),
        category=pl.lit("A1"),
    )
    names = sent.names
    tokens = [names.tokens.token(names.tenant_id, "acknowledged", "batch", one, "") for one in table["batch_reference"]]
    table = table.with_columns(
        level=pl.lit("receiver"),
        accepted=pl.col("rejected_count") == 0,
        status=pl.lit("19"),
        entity=pl.lit("PR"),
        subject_token=pl.Series(tokens, dtype=pl.String),
        receiver_id=pl.lit(RECEIVER),
    )
    # A batch with refused claims is received all the same: the totals say how many.
    return _finished(_with_status(table.with_columns(accepted=pl.lit(value=True))), sent)


def _finished(frame: pl.DataFrame, sent: Sent) -> pl.DataFrame:
    names = sent.names
    prefix = f"ack:{names.tenant_id}:{names.seed}:{sent.batch}"
    subject = frame.select("ack_type", "level", "subject_token", "transaction_control", "received_us")
    keys = [":".join((prefix, *map(str, row))) for row in subject.iter_rows()]
    frame = frame.with_columns(
        *names.lineage(keys),
        received_at=pl.from_epoch("received_us", time_unit="us").dt.replace_time_zone("UTC"),
        tenant_id=pl.lit(names.tenant_id),
        source=pl.lit("generator"),
        interchange_control=pl.col("transaction_control").str.slice(0, 10),
        group_control=pl.col("transaction_control").str.slice(0, 10),
        guide=pl.col("ack_type").replace_strict(_GUIDES),
    )
    done = complete(frame, ACK_SCHEMA)
    if names.sealer is None or "claim" not in frame.columns:
        return done
    phi = [
        names.sealed({"account_number": account_number(names.seed, claim)}, ACKS_RECEIVED.name, event_id)
        for claim, event_id in zip(frame["claim"].to_list(), done["event_id"], strict=True)
    ]
    return done.with_columns(phi=pl.Series(phi, dtype=pl.Binary))
