"""Turns a foreign table into a matrix, the same way in training and in scoring; what it learnt is JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from models.learning.dataset import Columns, Index, Matrix, Numbers
from models.tables.values import as_days, as_numbers, as_text
from schemas.errors import BadInputError

_PSEUDO_ROWS = 20.0
"""Weight of the overall rate in the rate of every level: rare levels shrink to the mean."""

_LEVELS = 120
_LEAST_OF_LEVEL = 8
_MISSING = "(missing)"
_FOLDS = 5
Kinds = Mapping[str, str]


@dataclass(frozen=True)
class Level:
    """What is known of a level of a categorical column: its shrunken rate of denials and its log frequency."""

    rate: float
    log_count: float


@dataclass(frozen=True)
class TableEncoder:
    """How each column becomes columns of the matrix.

    Attributes:
        kinds: number, date or category by column.
        time: Column that dates are counted back from; None keeps only month and weekday of a date.
        levels: By categorical column, what is known of each level.
        shown: By categorical column, the levels that have a 0/1 column of their own.
        rate: Overall rate of denials, for levels nobody has seen.
    """

    kinds: Kinds
    time: str | None
    levels: Mapping[str, Mapping[str, Level]]
    shown: Mapping[str, Sequence[str]]
    rate: float

    @classmethod
    def fit(cls, frame: pl.DataFrame, denied: Numbers, kinds: Kinds, time: str | None) -> TableEncoder:
        """Learn from training rows."""
        levels, shown = {}, {}
        rate = float(denied.mean())
        for name in _of_kind(kinds, "category"):
            text = as_text(frame[name]).fill_null(_MISSING)
            levels[name] = _levels(text, denied, rate)
            counts = text.value_counts(sort=True).sort(["count", name], descending=[True, False])
            kept = counts.filter(pl.col("count") >= max(_LEAST_OF_LEVEL, frame.height // 1000))
            shown[name] = kept[name].head(_LEVELS).to_list()
        return cls(dict(kinds), time, levels, shown, rate)

    @property
    def columns(self) -> Columns:
        """The columns of the matrix. Trees read numbers, rates and counts; linear models also the 0/1 columns."""
        names: list[str] = []
        of_trees: list[int] = []
        of_lines: list[int] = []
        for name, kind in self.kinds.items():
            made = self._names(name, kind)
            trees = len(made) if kind != "category" else 2
            few = kind == "category" and len(self.shown[name]) <= 4
            of_trees += range(len(names), len(names) + (len(made) if few else trees))
            # Where every level has a column of its own, a linear model learns its rate better than it is told.
            told = kind == "category" and len(self.shown[name]) >= len(self.levels[name])
            of_lines += range(len(names) + (2 if told else 0), len(names) + len(made))
            names += made
        positions: tuple[Index, Index] = np.array(of_trees, dtype=np.int64), np.array(of_lines, dtype=np.int64)
        levels = frozenset(place for place, name in enumerate(names) if "=" in name)
        return Columns(tuple(names), *positions, (0,) * len(names), levels)

    def _names(self, name: str, kind: str) -> list[str]:
        if kind == "category":
            return [f"{name}:rate", f"{name}:log_count", *(f"{name}={level}" for level in self.shown[name])]
        if kind == "date":
            ago = [f"{name}:days_before"] if self.time and name != self.time else []
            return [*ago, f"{name}:month", f"{name}:weekday"]
        return [name]

    def encode(self, frame: pl.DataFrame, rates: Mapping[str, Numbers] | None = None) -> Matrix:
        """Return the matrix of rows.

        Args:
            frame: The table; a column that is absent counts as missing throughout.
            rates: Rates of the levels of each categorical column that did not see the row, in training.
        """
        made: list[npt.NDArray[np.generic]] = []
        for name, kind in self.kinds.items():
            column = frame[name] if name in frame.columns else pl.Series(name, [None] * frame.height, dtype=pl.String)
            if kind == "category":
                made += self._category(name, column, rates)
            elif kind == "date":
                made += self._date(frame, column)
            else:
                made.append(_floats(as_numbers(column)))
        with np.errstate(over="ignore"):
            matrix = np.column_stack(made).astype(np.float32)
        matrix[~np.isfinite(matrix)] = np.nan
        return np.ascontiguousarray(matrix)

    def _category(
        self, name: str, column: pl.Series, rates: Mapping[str, Numbers] | None
    ) -> list[npt.NDArray[np.generic]]:
        text = as_text(column).fill_null(_MISSING)
        unseen = Level(self.rate, 0.0)
        values = text.unique().to_list()
        known = [self.levels[name].get(value, unseen) for value in values]
        place = {value: number for number, value in enumerate(values)}
        row = text.replace_strict(place, return_dtype=pl.Int64).to_numpy()
        rate = np.array([level.rate for level in known])[row]
        count = np.array([level.log_count for level in known])[row]
        flags = [(row == place.get(level, -1)).astype(np.float64) for level in self.shown[name]]
        return [rate if rates is None else rates[name], count, *flags]

    def _date(self, frame: pl.DataFrame, column: pl.Series) -> list[npt.NDArray[np.generic]]:
        days = _floats(as_days(column))
        whole = np.nan_to_num(days).astype("datetime64[D]")
        month = whole.astype("datetime64[M]").astype(np.int64) % 12 + 1
        weekday = (whole.astype(np.int64) + 3) % 7
        parts = [np.where(np.isnan(days), np.nan, part) for part in (month, weekday)]
        if self.time and column.name != self.time:
            parts.insert(0, _floats(as_days(frame[self.time])) - days if self.time in frame.columns else days * np.nan)
        return list(parts)

    def out_of_fold(self, frame: pl.DataFrame, denied: Numbers) -> dict[str, Numbers]:
        """Return the rates of levels in training rows, each learnt from the rows of other folds."""
        fold = np.arange(frame.height) % _FOLDS
        rates: dict[str, Numbers] = {}
        for name in _of_kind(self.kinds, "category"):
            text = as_text(frame[name]).fill_null(_MISSING)
            made = np.full(frame.height, self.rate)
            for number in range(_FOLDS):
                held = fold == number
                learnt = _levels(text.filter(pl.Series(~held)), denied[~held], float(denied[~held].mean()))
                table = {level: entry.rate for level, entry in learnt.items()}
                own = text.filter(pl.Series(held)).replace_strict(table, default=self.rate, return_dtype=pl.Float64)
                made[held] = own.to_numpy()
            rates[name] = made
        return rates

    def unseen_rows(self) -> Matrix:
        """Return rows of codes nobody has seen, for the parity gate."""
        frame = pl.DataFrame({name: ["never seen"] * 4 for name in self.kinds})
        return self.encode(frame)

    def to_json(self) -> str:
        """Return what was learnt as JSON text, the same text for the same tables."""
        content = {
            "kinds": [[name, kind] for name, kind in self.kinds.items()],
            "time": self.time,
            "rate": self.rate,
            "levels": {
                name: {level: [round(e.rate, 9), round(e.log_count, 9)] for level, e in sorted(levels.items())}
                for name, levels in self.levels.items()
            },
            "shown": {name: list(shown) for name, shown in self.shown.items()},
        }
        return json.dumps(content, indent=0, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> TableEncoder:
        """Read what `to_json` wrote.

        Raises:
            BadInputError: The text is not of that form.
        """
        try:
            loaded: dict[str, Any] = json.loads(text)
            levels = {
                name: {level: Level(float(e[0]), float(e[1])) for level, e in entries.items()}
                for name, entries in loaded["levels"].items()
            }
            return cls(dict(loaded["kinds"]), loaded["time"], levels, loaded["shown"], float(loaded["rate"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            msg = f"The encoders of the model cannot be read ({type(error).__name__})."
            raise BadInputError(msg, "Take the folder of a model that `models train --table` has made.") from error


def _of_kind(kinds: Kinds, kind: str) -> list[str]:
    return [name for name, own in kinds.items() if own == kind]


def _levels(text: pl.Series, denied: Numbers, rate: float) -> dict[str, Level]:
    frame = pl.DataFrame({"level": text, "denied": denied})
    table = (
        frame.group_by("level")
        .agg(hits=pl.col("denied").sum(), rows=pl.len())
        .with_columns(rate=(pl.col("hits") + _PSEUDO_ROWS * rate) / (pl.col("rows") + _PSEUDO_ROWS))
    )
    counts = np.log1p(table["rows"].to_numpy())
    return {
        level: Level(own, float(count))
        for level, own, count in zip(table["level"], table["rate"].to_list(), counts, strict=True)
    }


def _floats(column: pl.Series) -> Numbers:
    result: Numbers = column.fill_null(float("nan")).to_numpy()
    return result
