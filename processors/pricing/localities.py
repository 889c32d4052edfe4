"""Payment localities laid out for looking up: which one a line belongs to, and what is paid there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from processors.pricing.arrays import NONE, Integers
from processors.pricing.calendar import Calendar
from processors.pricing.numbering import numbered

if TYPE_CHECKING:
    from processors.pricing.book import PriceBook

NATIONAL = "US"
"""State of the national indices, which are 1.000; no claim comes from there."""


@dataclass(frozen=True, eq=False)  # arrays have no equality
class Localities:
    """Payment localities: their cost indices by year, and how a line finds its own.

    Attributes:
        keys: State and locality written together; a key's number is that of its locality.
        states: The states.
        zips: Five-digit ZIP codes.
        of_state: Locality by year of the calendar and state, where only the state is known.
        of_zip: Locality by ZIP code.
        indices_e3: Work, practice and malpractice index in thousandths by year and locality; NONE where none.
        anesthesia_cents: Cents of an anesthesia unit by period of the calendar, locality and APM; NONE where none.
        anesthesia_derived: Whether that factor was derived from the national one instead of published.
    """

    keys: pl.Enum
    states: pl.Enum
    zips: pl.Enum
    of_state: NDArray[np.int64]
    of_zip: Integers
    indices_e3: NDArray[np.int64]
    anesthesia_cents: NDArray[np.int64]
    anesthesia_derived: NDArray[np.bool_]

    @classmethod
    def of(cls, book: PriceBook, calendar: Calendar) -> Self:
        """Lay out the localities of a book."""
        gpci = book.localities.with_columns(key=locality_key())
        keys = pl.Enum(["", *gpci["key"].unique(maintain_order=True)])
        states = pl.Enum(gpci["state"].unique(maintain_order=True))
        zips = book.zip_localities.with_columns(key=locality_key())
        zip_key = numbered(keys, zips["key"])
        year = calendar.year_number(gpci["year"].to_numpy())
        key = numbered(keys, gpci["key"])
        indices = np.full((calendar.years + 1, len(keys.categories) + 1, 3), NONE, dtype=np.int64)
        indices[year, key] = gpci.select("work_gpci_e3", "pe_gpci_e3", "mp_gpci_e3").to_numpy()
        indices[:-1, 0] = 1000  # the nation
        indices[-1] = NONE
        of_state = np.full((calendar.years + 1, len(states.categories) + 1), NONE, dtype=np.int64)
        default = gpci["state_default"].to_numpy() == 1
        cents, derived = _anesthesia(book.anesthesia_factors.with_columns(key=locality_key()), keys, calendar)
        of_state[year[default], numbered(states, gpci["state"])[default]] = key[default]
        return cls(
            keys=keys,
            states=states,
            zips=pl.Enum(zips["zip"]),
            of_state=of_state,
            of_zip=np.append(np.where(zip_key < len(keys.categories), zip_key, NONE), NONE),
            indices_e3=indices,
            anesthesia_cents=cents,
            anesthesia_derived=derived,
        )


def locality_key() -> pl.Expr:
    """Return state and locality written together; the empty text for the nation, null without a locality."""
    national = (pl.col("state") == NATIONAL) & (pl.col("locality").fill_null("").is_in(["", "00"]))
    return pl.when(national).then(pl.lit("")).otherwise(pl.concat_str("state", pl.lit("|"), "locality"))


def _anesthesia(
    factors: pl.DataFrame, keys: pl.Enum, calendar: Calendar
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return cents of an anesthesia unit by period, locality and APM, and whether they are derived."""
    cents = np.full((calendar.periods, len(keys.categories) + 1, 2), NONE, dtype=np.int64)
    derived = np.zeros(cents.shape, dtype=bool)
    # The national factor has four decimals and is no locality's: it is left out.
    by_span = factors.filter(pl.col("key") != "").partition_by("effective_from", "effective_to", "basis", as_dict=True)
    for (first, last, basis), rows in by_span.items():
        key = numbered(keys, rows["key"])
        for period in calendar.between(first, last):
            for apm in calendar.apm_of(basis):
                cents[period, key, apm] = rows["factor_cents"].to_numpy()
                derived[period, key, apm] = rows["derived"].to_numpy()
    cents[:, -1] = NONE
    return cents, derived
