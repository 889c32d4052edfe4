"""Decisions turned into complete remits.received events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from models.synthetic.after.amounts import Terms, share_out
from models.synthetic.after.journey import received_at
from models.synthetic.after.payments import Payments, gather_payments
from models.synthetic.after.remit_lines import REMIT_SCHEMA, remit_lines
from models.synthetic.conform import complete, records
from models.synthetic.identity import Identities, account_number
from models.synthetic.payers.habits import the_habits
from schemas.contracts import REMITS_RECEIVED

GUIDE = "005010X221A1"
_FISCAL_MONTH, _FISCAL_DAY = 12, 31


@dataclass(frozen=True)
class Ground:
    """What remits are made from.

    Attributes:
        claims: The first submissions (claims.submitted), one row a claim.
        lines: Their lines with `row` and allowed_cents.
        payer: Payer index by claim.
        terms: Plans by claim.
        denied_line: Lines that a partial denial denies, by line.
        names: Makes ids and tokens and seals.
        batch: Number that keeps the control numbers of several runs apart.
    """

    claims: pl.DataFrame
    lines: pl.DataFrame
    payer: np.ndarray
    terms: Terms
    denied_line: np.ndarray
    names: Identities
    batch: int


def remit_events(ground: Ground, submissions: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Build the events of all decisions and of the provider adjustments, ordered by receipt.

    Args:
        ground: Claims, lines and plans.
        submissions: As in Journey.
        decisions: As in Journey, with `factor`: the share of the agreed amount that the payer allows.
    """
    if decisions.is_empty():
        return pl.DataFrame(schema=REMIT_SCHEMA)
    decisions = decisions.with_row_index("decision").with_columns(pl.col("decision").cast(pl.Int64))
    decided = decisions.join(_by_decision(ground, decisions), on="decision", how="inner", maintain_order="left")
    decided = _with_claim_facts(ground, decided, submissions)
    claims, payments = gather_payments(decided, ground.batch)
    events = pl.concat([_claim_events(ground, claims, payments), _provider_events(ground, payments)])
    return events.sort("received_at", "transaction_control", maintain_order=True)


def _by_decision(ground: Ground, decisions: pl.DataFrame) -> pl.DataFrame:
    """Return the lines of each decision with amounts, rolled up by decision."""
    numbered = ground.lines.with_columns(denied_line=pl.Series(ground.denied_line))
    joined = decisions.select("decision", "sign", "outcome", "statement", "factor", row=pl.col("claim")).join(
        numbered.with_columns(pl.col("row").cast(pl.Int64)), on="row", how="inner", maintain_order="left_right"
    )
    shares = share_out(
        joined,
        ground.terms,
        joined["outcome"].to_numpy(),
        joined["denied_line"].to_numpy(),
        joined["factor"].to_numpy(),
    )
    return remit_lines(joined, shares, joined["sign"].to_numpy(), joined["statement"].to_numpy())


def _with_claim_facts(ground: Ground, decided: pl.DataFrame, submissions: pl.DataFrame) -> pl.DataFrame:
    claim = decided["claim"].to_numpy()
    sent = submissions[decided["submission"].to_numpy()]
    facts = ground.claims.select(
        "payer_id", "billing_npi", "billing_tax_id", "claim_filing_code", "rendering_npi", "service_from",
        "service_to", "place_of_service", "type_of_bill", "payer_sequence", "patient_control_token", "patient_status",
    )[claim]  # fmt: skip
    by_check = the_habits().by_check[ground.payer[claim]]
    return pl.concat([decided, facts], how="horizontal").with_columns(
        pl.col("paid_on").cast(pl.Int32).cast(pl.Date),
        received_on=pl.from_epoch(sent["submitted_at"], time_unit="us").dt.date(),
        frequency_code=sent["frequency"],
        by_check=pl.Series(by_check),
        received_us=pl.Series(received_at(decided["paid_on"].to_numpy())),
    )


def _claim_events(ground: Ground, claims: pl.DataFrame, payments: Payments) -> pl.DataFrame:
    names = ground.names
    claim = claims["claim"].to_numpy()
    control = [f"SYN{names.seed % 10**8:08d}{number:07d}" for number in claim.tolist()]
    reversal = claims["sign"].to_numpy() < 0
    frame = claims.with_columns(
        kind=pl.lit("claim"),
        payer_claim_control_number=pl.Series(control),
        reversal=pl.Series(reversal),
        claim_status_code=_status(reversal),
        facility_code=pl.coalesce("place_of_service", pl.col("type_of_bill").str.slice(1, 2)),
        claim_balanced=pl.lit(value=True),
        claim_difference_cents=pl.lit(0),
        lines_balanced=pl.lit(value=True),
        patient_corrected=pl.lit(value=False),
    )
    frame = _with_payment(frame, payments, names)
    keys = [
        f"remit:{names.tenant_id}:{names.seed}:{ground.batch}:{one}:{decision}"
        for one, decision in zip(claim.tolist(), claims["decision"].to_list(), strict=True)
    ]
    frame = frame.with_columns(names.lineage(keys))
    return _sealed(complete(frame, REMIT_SCHEMA), names, _identities(ground, claim))


def _status(reversal: np.ndarray) -> pl.Expr:
    paid = pl.when(pl.col("payer_sequence") == "S").then(pl.lit("2")).otherwise(pl.lit("1"))
    return (
        pl.when(pl.Series(reversal)).then(pl.lit("22")).when(pl.col("outcome") == 2).then(pl.lit("4")).otherwise(paid)
    )


def _with_payment(frame: pl.DataFrame, payments: Payments, names: Identities) -> pl.DataFrame:
    paid = payments.table.select(
        "payment",
        "payment_cents",
        "trace_number",
        "trace_origin",
        payment_method=pl.col("method"),
        transaction_claims=pl.col("claims"),
        provider_adjustment_cents=pl.col("plb_cents"),
    )
    tokens = payment_tokens(payments, names)
    frame = frame.join(paid, on="payment", how="left", maintain_order="left")
    return frame.with_columns(
        payment_id=tokens.gather(frame["payment"].to_numpy() - 1),
        payment_handling=pl.when(pl.col("payment_cents") > 0).then(pl.lit("I")).otherwise(pl.lit("H")),
        produced_on=pl.col("paid_on"),
        currency=pl.lit(None, pl.String),
        payee_npi=pl.col("billing_npi"),
        payee_tax_id=pl.col("billing_tax_id"),
        transaction_balanced=pl.lit(value=True),
        transaction_difference_cents=pl.lit(0),
        received_at=pl.from_epoch("received_us", time_unit="us").dt.replace_time_zone("UTC"),
        interchange_control=pl.lit("9") + pl.col("trace_number").str.slice(4),
        group_control=pl.col("trace_number").str.slice(4),
        transaction_control=pl.col("trace_number").str.slice(4),
        guide=pl.lit(GUIDE),
        tenant_id=pl.lit(names.tenant_id),
        source=pl.lit("generator"),
    )


def payment_tokens(payments: Payments, names: Identities) -> pl.Series:
    """Return the payment_id of every payment, made as the intake makes it."""
    table = payments.table.select(
        "payer_id", "trace_origin", "trace_number", "method", pl.col("paid_on").cast(pl.String), "payment_cents"
    )
    made = [names.tokens.token(names.tenant_id, "payment", *(str(value) for value in row)) for row in table.iter_rows()]
    return pl.Series(made, dtype=pl.String)


def _provider_events(ground: Ground, payments: Payments) -> pl.DataFrame:
    """Return one event a payment that has provider adjustments."""
    names = ground.names
    table = payments.table
    if payments.adjustments.is_empty():
        return pl.DataFrame(schema=REMIT_SCHEMA)
    accounts = [
        None if one is None else account_number(names.seed, one) for one in payments.adjustments["claim"].to_list()
    ]
    listed = (
        payments.adjustments.join(
            table.select("payment", "billing_npi", "paid_on"), on="payment", maintain_order="left"
        )
        .with_columns(
            provider_id=pl.col("billing_npi"),
            fiscal_period_end=pl.date(pl.col("paid_on").dt.year(), _FISCAL_MONTH, _FISCAL_DAY),
            reference_token=pl.Series([one and names.control(one) for one in accounts], dtype=pl.String),
            reference=pl.Series(accounts, dtype=pl.String),
        )
        .group_by("payment", maintain_order=True)
        .agg(
            records(
                REMIT_SCHEMA,
                "provider_adjustments",
                ["provider_id", "fiscal_period_end", "reason_code", "reference_token", "amount_cents"],
            ).alias("provider_adjustments"),
            pl.col("reference").fill_null(""),
        )
    )
    frame = table.select("payment", "payer_id", "billing_npi", "paid_on").join(
        listed, on="payment", how="inner", maintain_order="left"
    )
    npi = ground.claims.unique("billing_npi", keep="first", maintain_order=True)
    frame = frame.join(npi.select("billing_npi", "billing_tax_id"), on="billing_npi", how="left", maintain_order="left")
    frame = frame.with_columns(
        kind=pl.lit("provider"),
        reversal=pl.lit(value=False),
        correction=pl.lit(value=False),
        charge_cents=pl.lit(0),
        paid_cents=pl.lit(0),
        patient_corrected=pl.lit(value=False),
        received_us=pl.Series(received_at(frame["paid_on"].cast(pl.Int32).to_numpy().astype(np.int64))),
    )
    frame = _with_payment(frame, payments, names)
    keys = [f"plb:{names.tenant_id}:{names.seed}:{ground.batch}:{one}" for one in frame["payment"].to_list()]
    frame = frame.with_columns(names.lineage(keys))
    sealed: list[dict[str, object]] = [{"references": one} for one in frame["reference"].to_list()]
    return _sealed(complete(frame, REMIT_SCHEMA), names, sealed)


def _identities(ground: Ground, claim: np.ndarray) -> list[dict[str, object]]:
    if ground.names.sealer is None:
        return []
    return [{"account_number": account_number(ground.names.seed, one)} for one in claim.tolist()]


def _sealed(frame: pl.DataFrame, names: Identities, fields: list[dict[str, object]]) -> pl.DataFrame:
    if names.sealer is None:
        return frame
    phi = [
        names.sealed(one, REMITS_RECEIVED.name, event_id)
        for one, event_id in zip(fields, frame["event_id"], strict=True)
    ]
    return frame.with_columns(phi=pl.Series(phi, dtype=pl.Binary))
