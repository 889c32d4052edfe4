"""From a foreign table and its map to a dataset: features found, leaks refused, rows split, columns encoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from models.learning.dataset import Dataset, Flags, Index, Numbers, Part, folds_of
from models.tables.encoder import TableEncoder
from models.tables.labels import denied_of
from models.tables.leaks import Leak, audit, require_no_leaks
from models.tables.reading import Table
from models.tables.table_map import TableMap
from models.tables.values import as_days, as_numbers, as_text, kind_of
from schemas.errors import BadInputError

LEAST_ROWS, LEAST_OF_EACH = 40, 8
_FOLDS = 5
_MANY_LEVELS = 0.5
_FEW_CODES = 12


@dataclass(frozen=True)
class Prepared:
    """A foreign table, ready to learn from.

    Attributes:
        data: The dataset.
        encoder: How its columns were made.
        leaks: What the leak audit says.
        window: First and last value of the time column, None without one.
        ids: Id of each test row.
    """

    data: Dataset
    encoder: TableEncoder
    leaks: list[Leak]
    window: tuple[str, str] | None


def prepare(table: Table, column_map: TableMap, seed: int, *, drop_leaks: bool = False) -> Prepared:
    """Make a dataset of a table.

    Args:
        table: The table.
        column_map: Its map; a label is needed.
        seed: Seed of splits and folds.
        drop_leaks: Leave refused columns out instead of refusing the table.

    Raises:
        BadInputError: Too few rows, one outcome, no feature, or a map that does not fit.
        LeakError: Features that are known only after adjudication.
    """
    frame = table.frame
    column_map.check(frame.columns)
    if column_map.label is None:
        msg = "The map names no label."
        raise BadInputError(msg, "Name the column with the outcome under `label`.")
    outcome, notes = denied_of(frame[column_map.label], column_map.positive)
    notes = [*table.notes, *notes]
    known = ~np.isnan(outcome)
    if not known.all():
        notes.append(f"{int((~known).sum())} rows without an outcome are left out")
    frame, denied = frame.filter(pl.Series(known)), outcome[known]
    frame, denied = _in_time_order(frame, denied, column_map)
    require_enough(denied)
    kinds = _features(frame, column_map, notes)
    train, test, split = _split(frame, denied, column_map, seed, notes)
    kinds = _varying(frame[train], kinds, notes)
    leaks = audit(frame[train], denied[train], kinds, column_map.allow)
    if drop_leaks:
        refused = {leak.column for leak in leaks if leak.verdict == "refused"}
        kinds = {name: kind for name, kind in kinds.items() if name not in refused}
        notes += [f"{name} is left out: it is known only after adjudication" for name in sorted(refused)]
        leaks = [Leak(x.column, x.auroc, x.why, "left out" if x.column in refused else x.verdict) for x in leaks]
    require_no_leaks(leaks)
    if not kinds:
        msg = "No feature is left: every column is empty, constant, an id or part of the outcome."
        raise BadInputError(msg, "List columns under `numeric` and `categorical` in the map.")
    parts = _Parts(train, test, split, tuple(notes))
    data, encoder = _encoded(frame, denied, kinds, column_map, parts, seed)
    return Prepared(data, encoder, leaks, _window(frame, column_map))


def require_enough(denied: Numbers) -> None:
    """Refuse a table too small to learn from.

    Raises:
        BadInputError: It is.
    """
    rare = int(min(denied.sum(), (1 - denied).sum()))
    if len(denied) < LEAST_ROWS or rare < LEAST_OF_EACH:
        msg = f"{len(denied)} rows with {rare} of the rarer outcome are too few to learn from and to test on."
        raise BadInputError(msg, f"Give at least {LEAST_ROWS} rows with {LEAST_OF_EACH} of each outcome.")


def _in_time_order(frame: pl.DataFrame, denied: Numbers, column_map: TableMap) -> tuple[pl.DataFrame, Numbers]:
    if column_map.time is None:
        return frame, denied
    order = np.argsort(time_of(frame[column_map.time]), kind="stable")
    return frame[order], denied[order]


def time_of(column: pl.Series) -> Numbers:
    """Return a time column as numbers, whatever it was written as; unknown times come first.

    Raises:
        BadInputError: Most of its values are neither numbers nor dates.
    """
    kind = kind_of(column)
    days, numbers = as_days(column), as_numbers(column)
    read = numbers if kind == "number" and days.count() < column.count() else days
    if read.count() < 0.9 * max(column.count(), 1):
        msg = f"The time column {column.name} holds neither dates nor numbers."
        raise BadInputError(msg, "Write dates as 2026-01-31, or leave `time` out of the map.")
    result: Numbers = read.fill_null(-np.inf).to_numpy()
    return result


def _features(frame: pl.DataFrame, column_map: TableMap, notes: list[str]) -> dict[str, str]:
    """Return the kind of each feature: as the map says, or found out where it lists none."""
    if column_map.numeric or column_map.categorical:
        listed = {*column_map.numeric, *column_map.categorical}
        rest = sorted(set(frame.columns) - listed - set(column_map.parts.values()) - set(column_map.drop))
        if rest:
            notes.append(f"{len(rest)} columns are in no list of the map and are not read: {', '.join(rest[:20])}")
        kinds = {name: _numeric_kind(frame[name], notes) for name in column_map.numeric}
        return kinds | dict.fromkeys(column_map.categorical, "category")
    taken = {*column_map.parts.values(), *column_map.drop}
    if column_map.amount is not None:
        taken.add(column_map.amount)
    kinds = {}
    for name in frame.columns:
        if name not in taken:
            kinds[name] = _found_kind(frame[name], notes)
    return {name: kind for name, kind in kinds.items() if kind != "nothing"}


def _numeric_kind(column: pl.Series, notes: list[str]) -> str:
    kind = kind_of(column)
    if kind in {"date", "number", "nothing"}:
        return "date" if kind == "date" else "number"
    if as_numbers(column).count() * 2 >= column.count():
        notes.append(f"{column.name}: values that are no numbers count as missing")
        return "number"
    notes.append(f"{column.name} is listed as numeric but holds words: it is read as categorical")
    return "category"


def _found_kind(column: pl.Series, notes: list[str]) -> str:
    kind = kind_of(column)
    distinct = column.n_unique()
    if kind == "category" and distinct > _MANY_LEVELS * max(column.count(), 1) and distinct > _FEW_CODES:
        notes.append(f"{column.name} is left out: nearly every row has a value of its own, as an id or a text has")
        return "nothing"
    return kind


def _varying(frame: pl.DataFrame, kinds: dict[str, str], notes: list[str]) -> dict[str, str]:
    """Leave out what is constant or empty in the training rows, and the second of two equal columns."""
    kept: dict[str, str] = {}
    seen: dict[int, str] = {}
    for name, kind in kinds.items():
        column = frame[name]
        if column.n_unique() < 2:
            notes.append(f"{name} is left out: it has one value throughout")
            continue
        digest = hash(tuple(as_text(column).hash(0).to_list()))
        if digest in seen:
            notes.append(f"{name} is left out: it equals {seen[digest]}")
            continue
        seen[digest] = name
        kept[name] = kind
    return kept


def _split(
    frame: pl.DataFrame, denied: Numbers, column_map: TableMap, seed: int, notes: list[str]
) -> tuple[Index, Index, str]:
    """Return training rows, test rows, and how they were parted."""
    how = column_map.split or ("time" if column_map.time else "group" if column_map.group else "random")
    if (how == "time" and column_map.time is None) or (how == "group" and not column_map.group):
        msg = f"The map asks for a split by {how} but names no column for it."
        raise BadInputError(msg, f"Name it under `{how}`.")
    if how == "time":
        tested = _later(frame, column_map)
    elif how == "group":
        parts = max(2, round(1 / column_map.test_share))
        tested = folds_of(denied > 0.5, parts, seed, groups_of(frame, column_map)) == 0
    else:
        rng = np.random.default_rng(seed)
        tested = rng.random(len(denied)) < column_map.test_share
        notes.append("split at random: figures of later claims will be lower")
    if how == "time" and column_map.group:
        groups = groups_of(frame, column_map)
        both = tested & np.isin(groups, groups[~tested])
        if both.mean() < 0.5 * tested.mean():
            keep = ~both
            notes.append(f"{int(both.sum())} test rows of groups that are also learnt from are left out")
            return np.flatnonzero(~tested), np.flatnonzero(tested & keep), how
        notes.append(f"{int(both.sum())} of {int(tested.sum())} test rows are of groups that are also learnt from")
    for part, rows in (("training", ~tested), ("test", tested)):
        if not rows.any() or (part == "training" and denied[rows].min() == denied[rows].max()):
            msg = f"The {part} part of the split by {how} has {int(rows.sum())} rows or one outcome only."
            raise BadInputError(msg, "Choose another test_share, test_from or split in the map.")
    return np.flatnonzero(~tested), np.flatnonzero(tested), how


def _later(frame: pl.DataFrame, column_map: TableMap) -> Flags:
    assert column_map.time is not None  # noqa: S101 - asked by the caller
    moments = time_of(frame[column_map.time])
    if column_map.test_from is not None:
        first = time_of(pl.Series(column_map.time, [*frame[column_map.time].cast(pl.String), column_map.test_from]))[-1]
        tested: Flags = moments >= first
        return tested
    cut = moments[min(len(moments) - 1, int(len(moments) * (1 - column_map.test_share)))]
    later: Flags = moments > cut
    at_cut: Flags = moments >= cut  # rows of one moment stay together, on the side that comes nearer to the share
    wanted = len(moments) * column_map.test_share
    whole = abs(int(at_cut.sum()) - wanted) < abs(int(later.sum()) - wanted) or not later.any()
    return at_cut if whole else later


def groups_of(frame: pl.DataFrame, column_map: TableMap) -> npt.NDArray[np.generic]:
    """Return the group of each row as a text; a row without one is a group of its own."""
    rows = pl.Series([f"(row {number})" for number in range(frame.height)])
    texts = [as_text(frame[name]).fill_null("") for name in column_map.group]
    joined = pl.select(pl.concat_str(texts, separator="|")).to_series()
    empty = joined.str.strip_chars("|") == ""
    result: npt.NDArray[np.generic] = joined.zip_with(~empty, rows).to_numpy()
    return result


@dataclass(frozen=True)
class _Parts:
    """Training rows, test rows, how they were parted, and what there is to tell."""

    train: Index
    test: Index
    split: str
    notes: tuple[str, ...]


def _encoded(
    frame: pl.DataFrame, denied: Numbers, kinds: dict[str, str], column_map: TableMap, parts: _Parts, seed: int
) -> tuple[Dataset, TableEncoder]:
    train, test = parts.train, parts.test
    encoder = TableEncoder.fit(frame[train], denied[train], kinds, column_map.time)
    rates = encoder.out_of_fold(frame[train], denied[train])
    truth = truth_of(frame, denied, column_map)
    groups = groups_of(frame[train], column_map) if column_map.group else None
    data = Dataset(
        columns=encoder.columns,
        train=Part(encoder.encode(frame[train], rates), truth[train]),
        test=Part(encoder.encode(frame[test]), truth[test]),
        fold=_folds(denied[train] > 0.5, seed, groups),
        split=parts.split,
        notes=parts.notes,
    )
    return data, encoder


def _window(frame: pl.DataFrame, column_map: TableMap) -> tuple[str, str] | None:
    """Return the first and the last value of the time column."""
    if column_map.time is None:
        return None
    moments = as_text(frame[column_map.time]).drop_nulls()
    return (str(moments[0]), str(moments[-1])) if len(moments) else None


def _folds(denied: Flags, seed: int, groups: npt.NDArray[np.generic] | None) -> Index:
    """Return folds that each leave both outcomes to learn from."""
    made = folds_of(denied, _FOLDS, seed, groups)
    fine = all(denied[made != number].any() and not denied[made != number].all() for number in np.unique(made))
    return made if fine and len(np.unique(made)) > 1 else folds_of(denied, _FOLDS, seed)


def truth_of(frame: pl.DataFrame, denied: Numbers, column_map: TableMap) -> pl.DataFrame:
    """Return outcomes and what else is known of rows, as `Part.truth` holds it."""
    columns: dict[str, Any] = {"denied": denied > 0.5}
    if column_map.reason is not None:
        columns["reason"] = as_text(frame[column_map.reason]).set(pl.Series(denied <= 0.5), None)
    if column_map.true_probability is not None:
        columns["true_p_denied"] = as_numbers(frame[column_map.true_probability])
    if column_map.slice is not None:
        columns["slice"] = as_text(frame[column_map.slice]).fill_null("(missing)")
    if column_map.amount is not None:
        columns["amount_cents"] = as_numbers(frame[column_map.amount]) * 100
    return pl.DataFrame(columns)
