"""retrain: a new version from matured outcomes, measured against the champion on later claims, and put on trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from models.feedback.labels import Labelled, label
from models.learning.bundle import Origin, publish
from models.learning.dataset import Columns, Dataset, Matrix, Part, folds_of
from models.learning.learn import Extras, Learned, Progress, Wish, learn, silent
from models.learning.measures import core
from models.training.data import FALLING, RISING, TRAIN_SHARE
from models.training.train import LABEL, properties
from processors.features import FEATURE_NAMES, feature_hash
from processors.scoring.model import LoadedModel, load_model
from processors.scoring.registry import DENIALS, point, read_active, read_version
from processors.scoring.rules import RULES_VERSION, rules_score_of
from schemas.errors import BadInputError

LEAST_LABELS = 1_000
MOST_ECE = 0.02
_FOLDS = 5
_PURPOSE = (
    "Probability that the first adjudication denies a claim, and of each reason given a denial. Learnt from first "
    "adjudications of this site's own claims, joined with the vectors the model saw when it scored them."
)
_LIMITS = (
    "Claims that were fixed after a warning and then paid look like false alarms: keep a few flagged claims untouched "
    "and judge on those. Payers whose remittances are late weigh less until their windows mature. Age and sex are "
    "among the features: read the calibration by payer."
)


@dataclass(frozen=True)
class Retrained:
    """What a retraining made.

    Attributes:
        folder: Folder of the version, on trial beside the champion.
        learned: The model and its metrics.
        champion: What the champion achieves on the same later claims.
        may_take_over: Whether AUPRC is not worse and ECE within 0.02.
        labelled: The labels it was made of.
    """

    folder: Path
    learned: Learned
    champion: Mapping[str, Any]
    may_take_over: bool
    labelled: Labelled


def retrain(stored: pl.DataFrame, registry: Path, now: datetime, wish: Wish, progress: Progress = silent) -> Retrained:
    """Train on matured outcomes and put the version on trial.

    Args:
        stored: Columns of STORED_SCHEMA.
        registry: Registry with a champion: its encoders made the vectors, and the new version keeps them.
        now: Instant the labels are taken at, UTC.
        wish: Seed and families.
        progress: Called with a line of text before each stage.

    Raises:
        BadInputError: Too few matured labels of the champion's features.
        ModelRefusedError: There is no champion that may serve.
    """
    folder = registry / DENIALS / read_active(registry, DENIALS).champion
    files = read_version(folder)
    champion = load_model(files, FEATURE_NAMES)
    labelled = label(stored, now)
    rows, foreign = of_encoders(labelled.rows, registry, champion)
    progress(f"{rows.height} matured labels, {foreign} of other features or encoders are left out")
    data = dataset_of(rows, wish.seed)
    learned = learn(
        data, wish, Extras({RULES_VERSION: rules_score_of(data.test.matrix)}, None, properties(data.digest, wish.seed)),
        progress,
    )  # fmt: skip
    measured = core(data.test.denied, champion.p_denied(data.test.matrix))
    learned = replace(learned, metrics=learned.metrics | {"champion": measured | {"version": champion.label}})
    facts = {
        "seed": wish.seed,
        "label": LABEL,
        "profile": None,
        "window": [str(rows["submitted_at"][0].date()), str(rows["submitted_at"][-1].date())],
        "encoders_of": champion.label,
        "maturity_days": dict(labelled.maturity_days),
        "left_out": dict(labelled.left_out) | {"other features or encoders": foreign},
        "leak_audit": {"lead": "Every feature was computed before the remittance, when the claim was scored."},
    }
    origin = Origin(DENIALS, "claims", files.encoders_text, facts, "Denial model of the stream", _PURPOSE, _LIMITS)
    made = publish(registry, origin, learned, data, activate=False)
    point(registry / DENIALS, challenger=made.name)
    found = learned.metrics["approval"]
    better = (found["auprc"] or 0) >= (measured["auprc"] or 0) and found["ece"] <= MOST_ECE
    return Retrained(made, learned, measured, better, labelled)


def of_encoders(rows: pl.DataFrame, registry: Path, champion: LoadedModel) -> tuple[pl.DataFrame, int]:
    """Keep the rows whose vectors the champion's encoders made; count the others.

    Another version that was retrained from the champion has its encoders and counts too.
    """
    fits = [
        version
        for version in rows["model_version"].drop_nulls().unique().to_list()
        if version == champion.label or _same_encoders(registry, version, champion)
    ]
    kept = rows.filter(
        pl.col("feature_vector").is_not_null()
        & (pl.col("feature_hash") == feature_hash())
        & (pl.col("feature_vector").bin.size() == 4 * len(FEATURE_NAMES))
        & pl.col("model_version").is_in(fits)
    )
    return kept, rows.height - kept.height


def _same_encoders(registry: Path, label_of_version: str, champion: LoadedModel) -> bool:
    folder = registry / DENIALS / label_of_version.removeprefix(f"{DENIALS}-")
    if not (folder / "encoders.json").is_file():
        return False
    return (folder / "encoders.json").read_text(encoding="utf-8") == champion.encoders.to_json()


def dataset_of(rows: pl.DataFrame, seed: int) -> Dataset:
    """Make a dataset of labelled vectors in order of submission: the later fifth is tested on.

    Raises:
        BadInputError: Too few rows, or one outcome.
    """
    if rows.height < LEAST_LABELS or rows["denied"].n_unique() < 2:
        msg = f"{rows.height} matured labels are too few to train on, or all are of one outcome."
        raise BadInputError(msg, f"Wait for at least {LEAST_LABELS} with both outcomes.")
    matrix = vectors(rows["feature_vector"])
    truth = rows.select(
        "denied",
        "reason",
        slice=pl.col("payer_id").fill_null("(none)"),
        amount_cents=pl.col("expected_allowed_cents").cast(pl.Float64),
    )
    first = int(rows.height * TRAIN_SHARE)
    train = Part(np.ascontiguousarray(matrix[:first]), truth[:first])
    return Dataset(
        columns=Columns.plain(FEATURE_NAMES, RISING, FALLING),
        train=train,
        test=Part(np.ascontiguousarray(matrix[first:]), truth[first:]),
        fold=folds_of(train.denied, _FOLDS, seed),
        split="time",
    )


def vectors(stored: pl.Series) -> Matrix:
    """Return stored vectors (Binary, float32 little-endian, of one length) as a matrix."""
    joined = b"".join(stored.to_list())
    return np.frombuffer(joined, dtype="<f4").reshape(len(stored), -1).astype(np.float32)
