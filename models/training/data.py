"""Training data: synthetic claims taken through validation and pricing as the stream would, split by time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from models.learning.dataset import Columns, Dataset, Matrix, Numbers, Part, folds_of
from models.synthetic import generate
from models.synthetic.facts import draw_facts
from models.synthetic.history import known_rates
from models.training.encoders import fit_encoders, out_of_fold
from processors.batch import ClaimBatch
from processors.features import FEATURE_NAMES, Encoders, HistoryRates, feature_array
from processors.pricing import PriceBook, price
from processors.pricing.contracts import ContractSet, apply_contracts
from processors.pricing.findings import find_unpriced
from processors.validation import RuleCatalogue, validate

WINDOW_START = datetime(2025, 10, 1, tzinfo=UTC)
WINDOW = timedelta(days=150)
TRAIN_SHARE = 0.8
_ENCODER_FOLDS, _FOLDS = 4, 5
_WITHOUT_HISTORY = 0.25
"""Share of training claims whose history rates are hidden: a site without remittances yet is scored too."""

# A fact that speaks for a denial never lowers the probability of one.
RISING = (
    "auth_missing",
    "referral_missing",
    "eligibility_inactive",
    "member_id_invalid",
    "member_id_missing",
    "filing_limit_ratio",
    "missing_field_count",
    "npi_invalid_count",
    "duplicate_line_count",
    "provider_not_credentialed",
)
FALLING = ("documentation_score",)


@dataclass(frozen=True)
class ClaimData:
    """Synthetic claims, ready to learn from.

    Attributes:
        data: The dataset.
        encoders: Tables learnt on all training claims.
        posterior: Of each test claim, the true probability of each stated reason given a denial.
    """

    data: Dataset
    encoders: Encoders
    posterior: Numbers


@dataclass(frozen=True)
class Prepared:
    """Claims as the scoring step sees them, their truth and the rates known at submission."""

    batch: ClaimBatch
    truth: pl.DataFrame
    rates: HistoryRates


def prepared(batch: ClaimBatch) -> ClaimBatch:
    """Take claims through the steps before scoring, with the rules and prices that claimstream ships."""
    catalogue, book = RuleCatalogue.load(), PriceBook.starter()
    priced = apply_contracts(price(validate(batch, catalogue), book), book, ContractSet.empty())
    return find_unpriced(priced, catalogue)


def checked_claims(claims: int, seed: int, profile: str) -> Prepared:
    """Generate claims and take them through the steps before scoring."""
    made = generate(claims, seed, start=WINDOW_START, span=WINDOW, profile=profile, tenant_id="training")
    batch = prepared(ClaimBatch.from_events(made.events, WINDOW_START + WINDOW))
    age = pl.col("patient_age_years")
    band = pl.concat_str(
        pl.when(age < 18)
        .then(pl.lit("under 18"))
        .when(age < 65)
        .then(pl.lit("18 to 64"))
        .otherwise(pl.lit("65 and over")),
        pl.lit(", "),
        pl.col("patient_sex").fill_null("U"),
    )
    truth = made.truth.with_columns(
        slice=batch.claims["payer_id"].fill_null("(none)"),
        band=batch.claims.select(band.fill_null("(none)")).to_series(),
        amount_cents=batch.claims.select(
            pl.coalesce("expected_allowed_cents", pl.col("total_charge_cents") * 45 // 100).cast(pl.Float64)
        ).to_series(),
    )
    return Prepared(batch, truth, HistoryRates.of(known_rates(made.events, _first_decisions(batch, truth, seed))))


def _first_decisions(batch: ClaimBatch, truth: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return when the remittance of each claim came in: two to six weeks after its submission."""
    days = np.random.default_rng(seed).uniform(14, 45, size=batch.size)
    lag = pl.Series(np.rint(days * 86_400e6).astype(np.int64)).cast(pl.Duration("us"))
    return pl.DataFrame(
        {
            "event_id": batch.claims["event_id"],
            "first": True,
            "received_at": batch.claims["submitted_at"] + lag,
            "outcome": np.where(truth["denied"].to_numpy(), "denied", "paid"),
        }
    )


def claim_data(claims: int, seed: int, profile: str) -> ClaimData:
    """Make and split training data: the first 80 % to learn from, the rest to test on, in order of submission.

    Args:
        claims: Number of claims in all.
        seed: Seed of the generator.
        profile: seed or field.
    """
    made = checked_claims(claims, seed, profile)
    first = int(claims * TRAIN_SHARE)
    earliest, seen = rows_of(made.batch, 0, first), made.truth[:first]
    encoders = fit_encoders(earliest, seen)
    matrix = np.empty((first, len(FEATURE_NAMES)), dtype=np.float32)
    for rows, fold_encoders in out_of_fold(earliest, seen, _ENCODER_FOLDS):
        matrix[rows] = feature_array(rows_at(earliest, rows), fold_encoders, made.rates)
    _hide_history(matrix, seed)
    later = feature_array(rows_of(made.batch, first, claims), encoders, made.rates)
    train = Part(matrix, seen)
    data = Dataset(
        columns=Columns.plain(FEATURE_NAMES, RISING, FALLING),
        train=train,
        test=Part(later, made.truth[first:]),
        fold=folds_of(train.denied, _FOLDS, seed),
        split="time",
        notes=(f"history rates are hidden on {_WITHOUT_HISTORY:.0%} of the training claims",),
    )
    posterior = draw_facts(claims, seed, profile).outcome.reason_posterior[first:]
    return ClaimData(data, encoders, posterior)


def _hide_history(matrix: Matrix, seed: int) -> None:
    columns = [place for place, name in enumerate(FEATURE_NAMES) if name.startswith("history_")]
    hidden = np.random.default_rng(seed).random(len(matrix)) < _WITHOUT_HISTORY
    matrix[np.ix_(np.flatnonzero(hidden), np.array(columns))] = np.nan


def rows_of(batch: ClaimBatch, first: int, last: int) -> ClaimBatch:
    """Return the claims first..last-1 with their findings."""
    return rows_at(batch, list(range(first, last)))


def rows_at(batch: ClaimBatch, rows: list[int]) -> ClaimBatch:
    """Return some claims, renumbered, with their findings (which `take` drops)."""
    taken = batch.take(rows)
    numbers = pl.DataFrame({"row": pl.Series(rows, dtype=pl.UInt32)}).with_row_index("new_row")
    findings = batch.findings.join(numbers, on="row", how="inner").drop("row").rename({"new_row": "row"})
    return ClaimBatch(taken.claims, taken.lines, taken.now, findings)
