"""Historical denial rates as they were known when a claim was submitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import polars as pl

from processors.features.coded import Coded
from processors.features.columns import Index, Numbers

RATES_SCHEMA = pl.Schema(
    {
        "tenant_id": pl.String(),
        "scope": pl.String(),
        "key": pl.String(),
        "rate": pl.Float64(),
        "weight": pl.Float64(),
        "as_of": pl.Datetime("us", "UTC"),
    }
)
"""One row a rate and the instant it became known; a key may have many."""

SCOPES = (
    "payer",
    "provider",
    "procedure",
    "diagnosis",
    "payer_procedure",
    "provider_procedure",
    "payer_provider",
    "payer_procedure_family",
)
"""What a rate may be about; keys of two parts are joined by a bar."""

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_SECONDS_BITS = 31
_MICROS = 1_000_000


@dataclass(frozen=True)
class _Scope:
    """Rates of one scope: moments ascending within each key.

    Attributes:
        place: Number of each `tenant|key`.
        moments: Key number and second in one whole number, ascending.
        rates: Rate known from that moment on.
    """

    place: Mapping[str, int]
    moments: Index
    rates: Numbers


@dataclass(frozen=True)
class HistoryRates:
    """Rates by scope; a claim sees the latest one known at its submission, never a later one."""

    scopes: Mapping[str, _Scope] = field(default_factory=dict)

    @classmethod
    def of(cls, frame: pl.DataFrame) -> HistoryRates:
        """Arrange rates for look-up.

        Args:
            frame: Columns of RATES_SCHEMA; scopes that no feature reads are left out.
        """
        seconds = (pl.col("as_of").cast(pl.Datetime("us", "UTC")) - _EPOCH).dt.total_microseconds()
        # Rounded up: what becomes known within a second is not known at its start.
        known = frame.filter(pl.col("scope").is_in(SCOPES)).with_columns(
            name=pl.concat_str("tenant_id", pl.lit("|"), "key"),
            second=((seconds + _MICROS - 1) // _MICROS).clip(0, 2**_SECONDS_BITS - 1),
        )
        scopes = {}
        for scope, rows in known.group_by("scope"):
            names = rows["name"].unique().sort()
            place = {name: number for number, name in enumerate(names.to_list())}
            number = rows["name"].replace_strict(place, return_dtype=pl.Int64).to_numpy()
            moment = (number << _SECONDS_BITS) + rows["second"].to_numpy()
            order = np.argsort(moment, kind="stable")
            scopes[str(scope[0])] = _Scope(place, moment[order], rows["rate"].to_numpy()[order])
        return cls(scopes)

    def look_up(self, scope: str, tenant: Coded, parts: tuple[Coded, ...], second: Index) -> Numbers:
        """Return the rate of each row's key as it was known at a moment; NaN where none was.

        Args:
            scope: One of SCOPES.
            tenant: Tenant of each row.
            parts: Parts of the key, one or two columns.
            second: Seconds since 2000 of each row.
        """
        known = self.scopes.get(scope)
        if known is None:
            return np.full(len(second), np.nan)
        columns = (tenant, *parts)
        cell = np.zeros(len(second), dtype=np.int64)
        missing = np.zeros(len(second), dtype=bool)
        for column in columns:
            cell = cell * (len(column.values) + 1) + column.index
            missing |= column.index == column.null
        _, first, place = np.unique(cell, return_index=True, return_inverse=True)
        numbers = np.array([known.place.get(self._key(columns, row), -1) for row in first], dtype=np.int64)
        number = np.where(missing, -1, numbers[place])
        moment = (number << _SECONDS_BITS) + second
        found = np.searchsorted(known.moments, moment, side="right") - 1
        fits = (number >= 0) & (found >= 0)
        found = np.maximum(found, 0)
        fits &= known.moments[found] >> _SECONDS_BITS == number
        return np.where(fits, known.rates[found], np.nan)

    @staticmethod
    def _key(columns: tuple[Coded, ...], row: int) -> str:
        places = [int(column.index[row]) for column in columns]
        if any(place == column.null for place, column in zip(places, columns, strict=True)):
            return ""
        return "|".join(column.values[place] for place, column in zip(places, columns, strict=True))


def seconds_of(instants: pl.Series) -> Index:
    """Return whole seconds since 2000 of instants (Datetime, UTC); null counts as before everything."""
    micros = instants.cast(pl.Datetime("us", "UTC")).to_physical().fill_null(0).to_numpy()
    offset = int(_EPOCH.timestamp())
    result: Index = np.maximum(micros // _MICROS - offset, 0)
    return result
