"""What pricing reads of a line, as columns of numbers: codes by their place in the tables, days since 1970, cents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from processors.batch import ClaimBatch
from processors.pricing.arrays import NONE, Bits, Integers, Mask
from processors.pricing.calendar import NO_DATE
from processors.pricing.modifiers import modifier_bits
from processors.pricing.numbering import numbers
from processors.pricing.status import CLAIM_TYPES
from processors.pricing.tables import PriceTables

NO_CHARGE = 2**62
"""Charge of a line that no charge caps."""

_MAX_QUANTITY = 10_000
_TYPES = pl.Enum(CLAIM_TYPES)


@dataclass(frozen=True, eq=False)  # arrays have no equality
class LineInputs:
    """Lines to be priced; arrays of one length.

    Attributes:
        claim: Number of the claim; lines of a claim are ranked against each other.
        kind: PRICED, or the status of lines of another claim type.
        days: Day of service since 1970, NO_DATE without one.
        code: Number of the HCPCS code.
        place: Number of the place of service.
        state: Number of the state.
        locality: Number of the locality, NONE where only the state is known.
        units_e3: Service units in thousandths, NONE where they cannot be priced (minutes, days, zero, absurd).
        minutes: Anesthesia minutes, NONE without.
        charge_cents: Charge, zero or more; NO_CHARGE without.
        carried: Modifiers, a bit each.
        share_e4: Share of the fee schedule of the provider's specialty.
        participating: Whether the provider takes part in Medicare.
        apm: 1 for a provider in an alternative payment model, else 0.
        provider_of: Returns a number for the rendering provider of the lines at these places; the same number
            means the same provider.
        aftercare_days: Days of aftercare given (modifier 55), NONE for all of them; None: all for every line.
        at_induction: Whether a supervising anesthetist was there at induction; None: never.
    """

    claim: Integers
    kind: Integers
    days: Integers
    code: Integers
    place: Integers
    state: Integers
    locality: Integers
    units_e3: Integers
    minutes: Integers
    charge_cents: Integers
    carried: Bits
    share_e4: Integers
    participating: Mask
    apm: Integers
    provider_of: Callable[[Integers], Integers]
    aftercare_days: Integers | None = None
    at_induction: Mask | None = None


def of_batch(batch: ClaimBatch, tables: PriceTables) -> LineInputs:
    """Return what pricing reads of the lines of a batch; what a line does not say, its claim does."""
    claims, lines = batch.claims, batch.lines
    of_claims, of_lines = _numbered(tables)
    claim, line = claims.select(of_claims), lines.select(of_lines)
    row = lines["row"].to_numpy().astype(np.int64)

    def of_claim(name: str) -> Integers:
        column: Integers = claim[name].to_numpy()[row]
        return column

    days, place = _days(lines["service_from"]), of_claim("place")
    if lines["place_of_service"].null_count() < lines.height:
        own = lines.select(_own_place(tables)).to_series().to_numpy()
        place = np.where(own == NONE, place, own)
    quantity = lines["units"].to_numpy()
    return LineInputs(
        claim=row,
        kind=of_claim("kind"),
        days=np.where(days == NO_DATE, _days(claims["service_from"])[row], days),
        code=line["code"].to_numpy(),
        place=place,
        state=of_claim("state"),
        locality=tables.localities.of_zip[claim["zip"].to_numpy()][row],
        units_e3=_thousandths(quantity, line["in_units"].to_numpy()),
        minutes=whole_minutes(quantity, line["in_minutes"].to_numpy()),
        charge_cents=np.maximum(lines["charge_cents"].to_numpy(), 0),
        carried=modifier_bits(lines["modifiers"], tables.modifiers),
        share_e4=tables.share_e4[claim["taxonomy"].to_numpy()][row],
        participating=_flags(claims["provider_participating"], otherwise=True)[row],
        apm=_flags(claims["provider_in_apm"], otherwise=False)[row].astype(np.int64),
        provider_of=lambda at: _providers(batch, at),
    )


@lru_cache(maxsize=4)
def _numbered(tables: PriceTables) -> tuple[tuple[pl.Expr, ...], tuple[pl.Expr, ...]]:
    """Return the codes of claims and of lines as numbers.

    The expressions are kept because making one of them hashes all its codes. What is no code is read without a
    query, which costs as much as all else on a small batch.
    """
    place = numbers(tables.places, pl.col("place_of_service"))
    claims = (
        numbers(_TYPES, pl.col("claim_type")).alias("kind"),
        place.alias("place"),
        numbers(tables.localities.states, pl.col("billing_state")).alias("state"),
        numbers(tables.localities.zips, pl.col("billing_zip").str.slice(0, 5)).alias("zip"),
        numbers(tables.taxonomies, pl.coalesce("rendering_taxonomy", "billing_taxonomy")).alias("taxonomy"),
    )
    lines = (
        numbers(tables.rates.codes, pl.col("procedure_code")).alias("code"),
        pl.col("unit_basis").eq_missing("UN").alias("in_units"),
        pl.col("unit_basis").eq_missing("MJ").alias("in_minutes"),
    )
    return claims, lines


@lru_cache(maxsize=4)
def _own_place(tables: PriceTables) -> pl.Expr:
    """Return the number of the place of service of a line, NONE where only its claim says where it was."""
    place = numbers(tables.places, pl.col("place_of_service"))
    return pl.when(pl.col("place_of_service").is_null()).then(NONE).otherwise(place)


def _days(dates: pl.Series) -> Integers:
    """Return days since 1970, NO_DATE where there is none."""
    days: Integers = pc.fill_null(dates.to_arrow().view(pa.int32()), NO_DATE).to_numpy().astype(np.int64)
    return days


def _flags(column: pl.Series, *, otherwise: bool) -> Mask:
    """Return what is said, and where nothing is said what holds otherwise."""
    flags: Mask = pc.fill_null(column.to_arrow(), otherwise).to_numpy(zero_copy_only=False)
    return flags


def units_e3(quantity: NDArray[np.float64]) -> Integers:
    """Return service units in thousandths, NONE where they cannot be priced."""
    return _thousandths(quantity, np.ones(len(quantity), dtype=bool))


def _thousandths(quantity: NDArray[np.float64], counted: Mask) -> Integers:
    sensible = counted & (quantity >= 0.001) & (quantity <= _MAX_QUANTITY)  # false for what is no number
    return np.where(sensible, np.floor(np.where(sensible, quantity, 0.0) * 1000 + 0.5), NONE).astype(np.int64)


def whole_minutes(quantity: NDArray[np.float64], counted: Mask) -> Integers:
    """Return minutes, rounded half up, NONE where there are none or no sensible number of them."""
    if not counted.any():
        return np.full(len(quantity), NONE, dtype=np.int64)
    sensible = counted & (quantity > 0) & (quantity <= _MAX_QUANTITY)
    return np.where(sensible, np.floor(np.where(sensible, quantity, 0.0) + 0.5), NONE).astype(np.int64)


def _providers(batch: ClaimBatch, at: Integers) -> Integers:
    """Return a number for the rendering provider of these lines, that of the claim where the line names none."""
    named = batch.lines["rendering_npi"]
    if named.null_count() == len(named):
        return np.zeros(len(at), dtype=np.int64)
    own = named[at]
    of_claim = batch.claims["rendering_npi"][batch.lines["row"][at]]
    npi = pl.select(pl.coalesce(pl.lit(own), pl.lit(of_claim), pl.lit(""))).to_series()
    return npi.rank("dense").to_numpy().astype(np.int64)
