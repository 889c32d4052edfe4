"""Training of the stream's model: reproducible, gated by parity, honest about its baselines."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models.learning.dataset import folds_of
from models.learning.families import Family
from models.learning.learn import Wish
from models.learning.measures import calibration_error
from models.learning.resampling import Resampling, resampled
from models.training import TrainingReport, train
from models.training.data import claim_data
from processors.features import FEATURE_NAMES, feature_hash
from processors.scoring import Scorer
from schemas.errors import BadInputError

FILES = {
    "model.onnx", "reasons.onnx", "meta.json", "encoders.json", "calibration.json", "reference.json", "golden.json",
    "metrics.json", "card.md",
}  # fmt: skip
QUICK = Wish(family=Family.LAYERED, compared=(Family.LOGISTIC,))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TrainingReport]:
    registry = tmp_path_factory.mktemp("registry")
    return registry, train(registry, 2_000, 5, wish=QUICK)


def test_a_training_run_publishes_a_complete_version_that_loads(trained: tuple[Path, TrainingReport]) -> None:
    registry, report = trained
    assert {path.name for path in report.folder.iterdir()} == FILES
    meta = json.loads((report.folder / "meta.json").read_text())
    assert meta["feature_hash"] == feature_hash()
    for found in meta["parity"].values():
        assert found["label_flips"] == 0
        assert found["max_difference"] <= 1e-5
    golden = json.loads((report.folder / "golden.json").read_text())
    assert len(golden["inputs"]) == len(golden["outputs"]) == len(golden["reasons"]) == 64
    scorer = Scorer.load(registry)
    assert not scorer.problems
    assert scorer.version == "denials-v1"


def test_the_card_shows_baselines_intervals_audit_and_uses(trained: tuple[Path, TrainingReport]) -> None:
    card = (trained[1].folder / "card.md").read_text()
    for words in (
        "majority class",
        "oracle",
        "rules-",
        "Forbidden",
        "bootstrap",
        "Leak audit",
        "age and sex",
        "smote-nc",
    ):
        assert words in card


def test_the_model_beats_its_baselines(trained: tuple[Path, TrainingReport]) -> None:
    measured = trained[1].learned.metrics["approval"]
    assert measured["auroc"] > measured["baselines"]["rate of its slice"]["auroc"] + 0.1
    assert measured["skill"] < 1.1


def test_two_runs_give_the_same_bytes_and_golden_rows_and_a_second_version_takes_over(
    trained: tuple[Path, TrainingReport],
) -> None:
    registry, first = trained
    second = train(registry, 2_000, 5, wish=QUICK)
    for file in ("model.onnx", "reasons.onnx", "golden.json", "encoders.json"):
        assert (first.folder / file).read_bytes() == (second.folder / file).read_bytes()
    active = json.loads((registry / "denials" / "active.json").read_text())
    assert (second.folder.name, active["champion"]) == ("v2", "v2")


def test_too_few_claims_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="too few"):
        train(tmp_path, 500, 1)
    assert not list(tmp_path.iterdir())


def test_training_claims_precede_the_test_claims_and_do_not_see_their_own_outcome() -> None:
    data = claim_data(2_000, 9, "field").data
    assert (data.train.size, data.test.size) == (1_600, 400)
    column = FEATURE_NAMES.index("billing_denial_rate")
    own = np.corrcoef(data.train.matrix[:, column], data.train.denied)[0, 1]
    assert own < 0.15  # a rate that held the claim's own outcome would correlate
    history = FEATURE_NAMES.index("history_payer_denial_rate")
    hidden = np.isnan(data.train.matrix[:, history]).mean()
    assert 0.2 < hidden < 0.6


def test_nothing_is_resampled_by_default_and_synthetic_rows_are_made_of_training_rows_alone() -> None:
    assert Wish().resampling is Resampling.NONE
    rng = np.random.default_rng(2)
    matrix = np.hstack([rng.normal(size=(300, 3)), rng.integers(0, 2, (300, 3))]).astype(np.float32)
    denied = rng.random(300) < 0.2
    matrix[denied, 0] += 100.0
    fold = folds_of(denied, 3, 1)
    seen = fold != 0
    rows, outcome, _ = resampled(matrix[seen], denied[seen], Resampling.SMOTE_NC, 1)
    assert outcome.mean() == pytest.approx(0.5)
    np.testing.assert_array_equal(rows[: seen.sum()], matrix[seen])
    held = {row.tobytes() for row in matrix[~seen]}
    assert not held & {row.tobytes() for row in rows}
    assert rows[outcome][:, 0].max() <= matrix[seen & denied][:, 0].max() + 1e-4


def test_calibration_error_is_zero_for_the_truth_and_not_for_a_shift() -> None:
    rng = np.random.default_rng(1)
    p = rng.random(60_000)
    outcome = (rng.random(60_000) < p).astype(np.float64)
    assert calibration_error(outcome, p) < 0.01
    assert calibration_error(outcome, np.clip(p + 0.1, 0, 1)) > 0.05
