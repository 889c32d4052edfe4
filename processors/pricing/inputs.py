"""What pricing reads of a line, as columns of numbers: codes by their place in the tables, days since 1970, cents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from processors.batch import ClaimBatch
from processors.lent import number_texts, read_integers, read_numbers
from processors.pricing.arrays import NONE, Bits, Integers, Mask
from processors.pricing.calendar import NO_DATE
from processors.pricing.modifiers import modifier_bits
from processors.pricing.numbering import numbers_of
from processors.pricing.status import CLAIM_TYPES
from processors.pricing.tables import PriceTables

NO_CHARGE = 2**62
"""Charge of a line that no charge caps."""

_MAX_QUANTITY = 10_000
_TYPES = pl.Enum(CLAIM_TYPES)
_ZIP_CHARACTERS = 5
_FLAGS = ("provider_participating", "provider_in_apm")
_TAXONOMIES = ("rendering_taxonomy", "billing_taxonomy")
_CODES = ["place_of_service", "billing_state", "billing_zip", "claim_type", *_TAXONOMIES]


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
    row = lines["row"].to_numpy().astype(np.int64)
    flags, quantity = read_numbers(claims[list(_FLAGS)]), read_numbers(lines[["units"]])["units"]
    basis = number_texts(lines[["unit_basis"]])["unit_basis"]
    place, state, zip_code, kind, taxonomy = _of_claims(claims, tables)
    line_codes = number_texts(lines[["procedure_code", "place_of_service"]])
    own = numbers_of(tables.places, line_codes["place_of_service"])
    named = line_codes["place_of_service"].known
    days = read_integers(lines[["service_from"]], NO_DATE)["service_from"]
    of_claim_days = read_integers(claims[["service_from"]], NO_DATE)["service_from"]
    return LineInputs(
        claim=row,
        kind=kind[row],
        days=np.where(days == NO_DATE, of_claim_days[row], days),
        code=numbers_of(tables.rates.codes, line_codes["procedure_code"]),
        place=np.where(named, own, place[row]),
        state=state[row],
        locality=tables.localities.of_zip[zip_code][row],
        units_e3=_thousandths(quantity, basis.among("UN")),
        minutes=whole_minutes(quantity, basis.among("MJ")),
        charge_cents=np.maximum(read_integers(lines[["charge_cents"]])["charge_cents"], 0),
        carried=modifier_bits(lines["modifiers"], tables.modifiers),
        share_e4=tables.share_e4[taxonomy][row],
        participating=(flags["provider_participating"] != 0)[row],  # where nothing is said it does
        apm=(flags["provider_in_apm"] == 1)[row].astype(np.int64),
        provider_of=lambda at: _providers(batch, at),
    )


def _of_claims(claims: pl.DataFrame, tables: PriceTables) -> tuple[Integers, ...]:
    """Return numbers of the place of service, the state, the ZIP code, the claim type and the taxonomy of claims."""
    texts = number_texts(claims[_CODES])
    rendering, billing = (numbers_of(tables.taxonomies, texts[name]) for name in _TAXONOMIES)
    return (
        numbers_of(tables.places, texts["place_of_service"]),
        numbers_of(tables.localities.states, texts["billing_state"]),
        numbers_of(tables.localities.zips, texts["billing_zip"], _ZIP_CHARACTERS),
        numbers_of(_TYPES, texts["claim_type"]),
        np.where(texts["rendering_taxonomy"].known, rendering, billing),
    )


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
