"""Explanations: why the model expects a denial, and what it would say after the facts that can be fixed are fixed.

Group occlusion: the features of one cause are set together to what is usual among paid claims, and the change of
the log-odds is what they contribute. All causes of all claims go through the model in one call, what the strongest
leave after a fix in another. The probability of each reason given a denial is joined to it: both together name the
true cause more often than either.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from processors.features import FEATURE_NAMES, FEATURES
from processors.scoring.causes import CAUSES, masks
from processors.scoring.explanation_type import EXPLANATION_TYPE
from processors.scoring.model import LoadedModel, Numbers
from processors.scoring.registry import Matrix

TOP = 3
MOST_FIELDS = 4
_DECIMALS = 4
_LEAST = 0.02
"""Log-odds below which a cause is not spoken of, unless its reason is likely."""

_LIKELY = 0.2
_UNLIKELY = 0.01
"""A reason less likely than this is not asked about: its product with any contribution is small."""

_CLIP = 1e-6

Flags = npt.NDArray[np.bool_]
Index = npt.NDArray[np.int64]

_NONE = pl.Series("explanations", [[]], dtype=EXPLANATION_TYPE)

_NAMES = pl.Series(FEATURE_NAMES)


@dataclass(frozen=True)
class Explained:
    """Explanations of some claims, strongest first, as flat columns.

    Attributes:
        row: The claim each is about, ascending.
        columns: Fields of EXPLANATION_TYPE by name; lists as (ends, values).
    """

    row: Index
    columns: dict[str, pl.Series] = field(default_factory=dict)

    def column(self, size: int) -> pl.Series:
        """Return the `explanations` column of a batch of this size."""
        if not len(self.row):
            return _NONE.new_from_index(0, size) if size else _NONE.clear()
        structs = pl.DataFrame(self.columns).to_struct("explanations").to_arrow(compat_level=pl.CompatLevel.newest())
        ends = np.concatenate([[0], np.cumsum(np.bincount(self.row, minlength=size))]).astype(np.int64)
        return pl.Series("explanations", pa.LargeListArray.from_arrays(ends, structs), dtype=EXPLANATION_TYPE)


NOTHING_EXPLAINED = Explained(np.zeros(0, dtype=np.int64))


@dataclass(frozen=True)
class _Unusual:
    """What differs from what is usual.

    Attributes:
        features: Claims x features: whether each differs; a missing value does.
        counts: Claims x causes: how many features of the cause differ.
        fixable: The same of those that can be acted on.
    """

    features: Flags
    counts: Index
    fixable: Index

    @classmethod
    def of(cls, matrix: Matrix, usual: Matrix) -> _Unusual:
        """Compare claims with what is usual."""
        features = matrix != usual  # NaN differs from everything
        return cls(features, _counts(features, masks().all), _counts(features, masks().fixable))


def _counts(flags: Flags, of: Flags) -> Index:
    """Count the flags of each row that belong to each cause, rows x causes.

    Not a product of matrices: the threads of the library behind it wait actively for the next one, which costs more
    than all sums.
    """
    return np.stack([flags[:, cause].sum(axis=1) for cause in of], axis=1)


def explain(
    model: LoadedModel,
    matrix: Matrix,
    rows: Index,
    denied: Numbers,
    shares: Numbers,
    share_rows: Index,
    allowed_cents: Numbers | None,
) -> Explained:
    """Explain some claims of a batch.

    Args:
        model: The model that scored them.
        matrix: Features of all claims of the batch.
        rows: The claims to explain, ascending.
        denied: P(denied) of all claims.
        shares: Reason shares of some claims, the explained ones among them.
        share_rows: The claims they are of, ascending.
        allowed_cents: What each claim is expected to be allowed, NaN where unknown; None when not priced.

    Returns:
        At most three explanations a claim, strongest first.
    """
    if not len(rows):
        return NOTHING_EXPLAINED
    posterior = _posterior(model, shares[np.searchsorted(share_rows, rows)])
    own = np.ascontiguousarray(matrix[rows])
    unusual = _Unusual.of(own, model.usual)
    without = np.full(posterior.shape, np.nan)
    asked, of = np.nonzero((unusual.counts > 0) & (posterior >= _UNLIKELY))
    without[asked, of] = _occluded(model, own, asked, of, masks().all)
    before = np.clip(denied[rows], _CLIP, 1 - _CLIP)
    change = _log_odds(before)[:, None] - _log_odds(np.clip(without, _CLIP, 1 - _CLIP))
    change = np.nan_to_num(change)
    weight = posterior * np.maximum(change, _LEAST)
    worth = (change > _LEAST) | (posterior > _LIKELY)
    order = np.argsort(-np.where(worth, weight, -1.0), axis=1, kind="stable")[:, :TOP]
    claim = np.repeat(np.arange(len(rows)), order.shape[1])
    cause = order.ravel()
    kept = worth[claim, cause]
    claim, cause = claim[kept], cause[kept]
    after = np.round(1.0 - _fixed(model, own, unusual, without, claim, cause), _DECIMALS)
    gain = np.full(len(claim), np.nan)
    if allowed_cents is not None:
        gain = (after - np.round(1.0 - before[claim], _DECIMALS)) * allowed_cents[rows[claim]]
    fields, values = _fields(unusual.features, own, claim, cause)
    said = _of_causes()[_places(cause)]
    columns = {
        "reason": said["reason"],
        "log_odds": pl.Series(np.round(change[claim, cause], _DECIMALS)),
        "reason_probability": pl.Series(np.round(posterior[claim, cause], _DECIMALS)),
        "fields": fields,
        "values": values,
        "owner": said["owner"],
        "action": said["action"],
        "approval_after_fix": pl.Series(after, nan_to_null=True, dtype=pl.Float64),
        "expected_gain_cents": pl.Series(np.floor(gain), nan_to_null=True, dtype=pl.Float64).cast(pl.Int64),
    }
    return Explained(rows[claim], columns)


def _occluded(model: LoadedModel, matrix: Matrix, claim: Index, cause: Index, of: Flags) -> Numbers:
    """Return P(denied) of claims with the features of a cause as usual; all of them in one call."""
    rows = matrix[claim]
    np.copyto(rows, model.usual, where=of[cause])
    return model.p_denied(rows)


def _fixed(
    model: LoadedModel, matrix: Matrix, unusual: _Unusual, without: Numbers, claim: Index, cause: Index
) -> Numbers:
    """Return P(denied) of claims with what can be acted on of a cause as usual; NaN where nothing can."""
    counts, fixable = unusual.counts[claim, cause], unusual.fixable[claim, cause]
    result = np.where(fixable > 0, without[claim, cause], np.nan)
    apart = np.flatnonzero((fixable > 0) & (fixable < counts))
    result[apart] = _occluded(model, matrix, claim[apart], cause[apart], masks().fixable)
    return result


def _posterior(model: LoadedModel, shares: Numbers) -> Numbers:
    """Return the reason shares in the order of the causes; equal ones where the model states no reasons."""
    if not model.classes:
        return np.full((len(shares), len(CAUSES)), 1 / len(CAUSES))
    place = {name: number for number, name in enumerate(model.classes)}
    result = np.zeros((len(shares), len(CAUSES)))
    for number, cause in enumerate(CAUSES):
        if cause.reason in place:
            result[:, number] = shares[:, place[cause.reason]]
    return result


def _fields(unusual: Flags, matrix: Matrix, claim: Index, cause: Index) -> tuple[pl.Series, pl.Series]:
    """Return names and values of what is unusual, those that can be acted on first."""
    places = _spoken_of()[cause]
    spoken = (places >= 0) & unusual[claim[:, None], places]
    spoken &= np.cumsum(spoken, axis=1) <= MOST_FIELDS
    item, at = np.nonzero(spoken)
    place = places[item, at]
    ends = np.concatenate([[0], np.cumsum(np.bincount(item, minlength=len(claim)))]).astype(np.int64)
    names = _NAMES[_places(place)].to_arrow(compat_level=pl.CompatLevel.newest())
    numbers = pa.array(matrix[claim[item], place].astype(np.float64))
    return (
        pl.Series("fields", pa.LargeListArray.from_arrays(ends, names)),
        pl.Series("values", pa.LargeListArray.from_arrays(ends, numbers)),
    )


@lru_cache(maxsize=1)
def _spoken_of() -> Index:
    """Return the features of each cause, those that can be acted on first, -1 behind the last: causes x places."""
    of = [sorted(np.flatnonzero(cause), key=lambda place: not FEATURES[place].actionable) for cause in masks().all]
    result = np.full((len(of), max(map(len, of))), -1, dtype=np.int64)
    for row, places in zip(result, of, strict=True):
        row[: len(places)] = places
    return result


@lru_cache(maxsize=1)
def _of_causes() -> pl.DataFrame:
    """Return reason, owner and action of the causes, one row a cause."""
    return pl.DataFrame({name: [getattr(one, name) for one in CAUSES] for name in ("reason", "owner", "action")})


def _places(places: Index) -> pl.Series:
    """Return places as a series of the type that polars gathers by."""
    return pl.Series(places.astype(np.uint32))


def _log_odds(p: Numbers) -> Numbers:
    result: Numbers = np.log(p / (1 - p))
    return result
