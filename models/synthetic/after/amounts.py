"""What each line is paid: allowed amount, patient's part, write-off or denial, to the cent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from models.synthetic.after.journey import DENIED, PARTIAL
from models.synthetic.payers.contracts import contracts_of
from models.synthetic.world import Index, Numbers
from processors.batch import ClaimBatch
from processors.pricing import PriceBook, price
from processors.pricing.contracts import apply_contracts

_UNPRICED_PERCENT = 45
_COINSURANCE_PERCENT = {
    "medicare": 20,
    "medicare_advantage": 15,
    "commercial": 20,
    "exchange": 30,
    "tricare": 20,
}
_COPAY_CENTS = (2_000, 2_500, 3_000, 4_000)
_SEQUESTER_PERCENT = 2
_PRIMARY_PERCENT = 80
_UNMET_SHARE = {"commercial": 0.5, "exchange": 0.6, "medicare": 0.25, "medicare_advantage": 0.1, "tricare": 0.15}
_VISITS = ("992", "993", "920", "908", "907")


@dataclass(frozen=True)
class Terms:
    """How each claim's plan shares costs, one value a claim.

    Attributes:
        coinsurance_percent: Patient's share after the deductible.
        copay_cents: Fixed amount for the first visit line; 0 for none.
        deductible_cents: What is left of the deductible.
        sequestered: Whether the payment is cut by the budget act (Medicare).
        secondary: Whether another payer paid before.
    """

    coinsurance_percent: Index
    copay_cents: Index
    deductible_cents: Index
    sequestered: np.ndarray
    secondary: np.ndarray


def plan_terms(events: pl.DataFrame, rng: np.random.Generator) -> Terms:
    """Draw the terms of each claim's plan."""
    count = events.height
    kind = events["payer_type"].to_numpy()
    gatekeeper = events["plan_type"].is_in(["hmo", "epo"]).to_numpy()
    private = np.isin(kind, ["commercial", "exchange", "medicare_advantage"])
    month = events["service_from"].dt.month().fill_null(6).to_numpy()
    unmet = np.array([_UNMET_SHARE.get(name, 0.0) for name in kind]) * (1.3 - month / 12)
    left = np.where(rng.random(count) < unmet, rng.uniform(2_000, 120_000, count), 0).astype(np.int64)
    copay = rng.choice(_COPAY_CENTS, count) * (gatekeeper & private)
    coinsurance = np.array([_COINSURANCE_PERCENT.get(name, 0) for name in kind]) * (copay == 0)
    return Terms(
        coinsurance_percent=coinsurance.astype(np.int64),
        copay_cents=copay.astype(np.int64),
        deductible_cents=left,
        sequestered=np.isin(kind, ["medicare", "medicare_advantage"]),
        secondary=(events["payer_sequence"] != "P").to_numpy(),
    )


def expected_lines(events: pl.DataFrame) -> pl.DataFrame:
    """Return the service lines with their allowed amount by contract.

    Returns:
        The lines of `events` in order with `row` (the claim), expected_allowed_cents as the pricing step has it, and
        allowed_cents: the same, or a share of the charge where there is no price.
    """
    batch = ClaimBatch.from_events(events, events["submitted_at"][-1])
    book = PriceBook.starter()
    tenant = events["tenant_id"][0]
    lines = apply_contracts(price(batch, book), book, contracts_of(tenant)).lines
    by_charge = pl.col("charge_cents") * _UNPRICED_PERCENT // 100
    allowed = pl.min_horizontal(pl.col("expected_allowed_cents").fill_null(by_charge), "charge_cents")
    return lines.with_columns(allowed_cents=allowed)


@dataclass(frozen=True)
class Shares:
    """What each line of each decision comes to, in cents; signs are those of a payment, not of a reversal.

    Charge = contractual + deductible + coinsurance + copay + sequester + prior + denied + paid.
    """

    allowed: Index
    contractual: Index
    deductible: Index
    coinsurance: Index
    copay: Index
    sequester: Index
    prior: Index
    denied: Index
    paid: Index


def share_out(lines: pl.DataFrame, terms: Terms, outcome: Index, denied_line: np.ndarray, factor: Numbers) -> Shares:
    """Split the charge of each line.

    Args:
        lines: Lines of decisions, sorted by decision: decision, row (claim), charge_cents, allowed_cents,
            procedure_code.
        terms: Plans by claim.
        outcome: PAID, PARTIAL or DENIED of each line's decision.
        denied_line: Lines that a partial denial denies.
        factor: Share of the agreed amount that the payer allows: 1, unless it underpays.
    """
    claim = lines["row"].to_numpy()
    charge = np.maximum(lines["charge_cents"].to_numpy(), 0)
    refused = (outcome == DENIED) | ((outcome == PARTIAL) & denied_line)
    allowed = np.where(refused, 0, np.round(lines["allowed_cents"].to_numpy() * factor).astype(np.int64))
    deductible = _from_pot(lines["decision"].to_numpy(), allowed, terms.deductible_cents[claim])
    rest = allowed - deductible
    visit = lines["procedure_code"].fill_null("").str.slice(0, 3).is_in(_VISITS).to_numpy()
    copay = np.minimum(rest, terms.copay_cents[claim] * visit)
    rest = rest - copay
    coinsurance = (rest * terms.coinsurance_percent[claim] + 50) // 100
    rest = rest - coinsurance
    sequester = (rest * _SEQUESTER_PERCENT * terms.sequestered[claim] + 50) // 100
    first = {"deductible": deductible, "copay": copay, "coinsurance": coinsurance, "sequester": sequester}
    second = terms.secondary[claim]
    shares = {name: np.where(second, 0, value) for name, value in first.items()}
    prior = np.where(second, allowed * _PRIMARY_PERCENT // 100, 0)
    paid: Index = allowed - prior
    for share in shares.values():
        paid = paid - share
    denied = np.where(refused, charge, 0)
    return Shares(
        allowed=allowed, contractual=charge - allowed - denied, prior=prior, denied=denied, paid=paid, **shares
    )


def _from_pot(decision: Index, wanted: Index, pot: Index) -> Index:
    """Take from the pot of each decision, line after line, until it is empty."""
    running = np.cumsum(wanted)
    first = np.concatenate([[True], decision[1:] != decision[:-1]])
    before_group = np.maximum.accumulate(np.where(first, running - wanted, 0))
    before = running - wanted - before_group
    result: Index = np.clip(pot - before, 0, wanted)
    return result
