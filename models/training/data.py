"""Training data: synthetic claims taken through validation and pricing, split by time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from models.synthetic import generate
from models.training.encoders import fit_encoders, out_of_fold
from processors.batch import ClaimBatch
from processors.features import Encoders, feature_array
from processors.pricing import PriceBook, price
from processors.validation import RuleCatalogue, validate

WINDOW_START = datetime(2025, 10, 1, tzinfo=UTC)
WINDOW = timedelta(days=150)
_TRAIN_SHARE, _CALIBRATION_SHARE = 0.75, 0.10
_FOLDS = 4

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Part:
    """Claims of one period as the models see them.

    Attributes:
        matrix: Feature matrix.
        truth: denied, reason, true_p_denied, payer_id in the same order.
    """

    matrix: Matrix
    truth: pl.DataFrame

    @property
    def denied(self) -> npt.NDArray[np.bool_]:
        """Whether each claim was denied."""
        return self.truth["denied"].to_numpy()


@dataclass(frozen=True)
class Data:
    """Everything training needs.

    Attributes:
        train: Earliest claims; encoded features are out of fold.
        calibration: The next ones.
        test: The latest ones.
        encoders: Learnt on all of `train`.
        digest: SHA-256 (hex) of the matrices and outcomes.
    """

    train: Part
    calibration: Part
    test: Part
    encoders: Encoders
    digest: str


def checked_batch(claims: int, seed: int, profile: str = "seed") -> tuple[ClaimBatch, pl.DataFrame]:
    """Generate claims and take them through validation and pricing, as the stream would.

    Returns:
        The batch and its truth with payer_id.
    """
    made = generate(claims, seed, start=WINDOW_START, span=WINDOW, profile=profile, tenant_id="training")
    now = WINDOW_START + WINDOW
    batch = ClaimBatch.from_events(made.events, now)
    batch = price(validate(batch, RuleCatalogue.load()), PriceBook.starter())
    return batch, made.truth.with_columns(payer_id=made.events["payer_id"])


def make_part(batch: ClaimBatch, truth: pl.DataFrame, encoders: Encoders) -> Part:
    """Compute the matrix of adjudicated claims."""
    return Part(feature_array(batch, encoders), truth)


def load_data(claims: int, seed: int) -> Data:
    """Make and split training data: 75 % train, 10 % calibration, 15 % test, in order of submission.

    Args:
        claims: Number of claims in all.
        seed: Seed of the generator.
    """
    batch, truth = checked_batch(claims, seed)
    first, second = int(claims * _TRAIN_SHARE), int(claims * (_TRAIN_SHARE + _CALIBRATION_SHARE))
    earliest = rows_of(batch, 0, first)
    seen = truth[:first]
    encoders = fit_encoders(earliest, seen)
    matrix = np.empty_like(make_part(earliest, seen, encoders).matrix)
    for rows, fold_encoders in out_of_fold(earliest, seen, _FOLDS):
        matrix[rows] = feature_array(rows_at(earliest, rows), fold_encoders)
    train = Part(matrix, seen)
    calibration = make_part(rows_of(batch, first, second), truth[first:second], encoders)
    test = make_part(rows_of(batch, second, claims), truth[second:], encoders)
    digest = hashlib.sha256()
    for part in (train, calibration, test):
        digest.update(part.matrix.tobytes())
        digest.update(part.denied.tobytes())
    return Data(train, calibration, test, encoders, digest.hexdigest())


def rows_of(batch: ClaimBatch, first: int, last: int) -> ClaimBatch:
    """Return the claims first..last-1 with their findings."""
    return rows_at(batch, list(range(first, last)))


def rows_at(batch: ClaimBatch, rows: list[int]) -> ClaimBatch:
    """Return some claims, renumbered, with their findings (which `take` drops)."""
    taken = batch.take(rows)
    numbers = pl.DataFrame({"row": pl.Series(rows, dtype=pl.UInt32)}).with_row_index("new_row")
    findings = batch.findings.join(numbers, on="row", how="inner").drop("row").rename({"new_row": "row"})
    return ClaimBatch(taken.claims, taken.lines, taken.now, findings)
