"""Training: reproducible, gated by parity, honest about its baselines."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier

from models.training import TrainingReport, train
from models.training.data import load_data
from models.training.metrics import calibration_error
from models.training.parity import ParityError, compare, parity_rows, require_parity
from processors.features import FEATURE_NAMES, feature_hash
from processors.scoring import Scorer
from schemas.errors import BadInputError

FILES = {"model.onnx", "meta.json", "encoders.json", "golden.json", "metrics.json", "card.md"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TrainingReport]:
    registry = tmp_path_factory.mktemp("registry")
    return registry, train(registry, 2_000, 5)


def test_a_training_run_publishes_two_complete_models_that_load(trained: tuple[Path, TrainingReport]) -> None:
    registry, report = trained
    for folder in (report.approval, report.reasons):
        assert {path.name for path in folder.iterdir()} == FILES
        meta = json.loads((folder / "meta.json").read_text())
        assert meta["feature_hash"] == feature_hash()
        assert meta["parity"]["label_flips"] == 0
        assert meta["parity"]["max_difference"] <= 1e-5
    scorer = Scorer.load(registry)
    assert not scorer.problems
    assert scorer.approval is not None
    assert scorer.approval.label == "approval-v1"


def test_the_card_shows_the_baseline_beside_the_accuracy(trained: tuple[Path, TrainingReport]) -> None:
    card = (trained[1].approval / "card.md").read_text()
    assert "majority class accuracy" in card
    assert "oracle" in card
    assert "Forbidden" in card


def test_the_model_beats_its_baselines_and_stays_below_the_oracle(
    trained: tuple[Path, TrainingReport],
) -> None:
    fresh = trained[1].metrics["approval"]["fresh_seed"]
    others = fresh["baselines"]
    assert others["payer rate table"]["auroc"] + 0.1 < fresh["auroc"] < others["oracle"]["auroc"] + 0.01


def test_two_runs_give_the_same_bytes_and_a_second_version_takes_over(
    trained: tuple[Path, TrainingReport],
) -> None:
    registry, first = trained
    second = train(registry, 2_000, 5)
    for one, two in ((first.approval, second.approval), (first.reasons, second.reasons)):
        assert (one / "model.onnx").read_bytes() == (two / "model.onnx").read_bytes()
        assert (two.name, json.loads((two.parent / "active.json").read_text())["champion"]) == ("v2", "v2")


def test_too_few_claims_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="too few"):
        train(tmp_path, 500, 1)
    assert not list(tmp_path.iterdir())


def test_the_parity_gate_refuses_native_categoricals() -> None:
    """A setting that converts without an error and scores wrongly."""
    rng = np.random.default_rng(3)
    width = len(FEATURE_NAMES)
    matrix = rng.integers(0, 12, (3_000, width)).astype(np.float32)
    target = np.isin(matrix[:, 0], (1, 4, 7, 9)) ^ (rng.random(3_000) < 0.1)
    model = HistGradientBoostingClassifier(max_iter=20, categorical_features=[0]).fit(matrix, target)
    graph = convert_sklearn(
        model,
        initial_types=[("features", FloatTensorType([None, width]))],
        options={id(model): {"zipmap": False}},
        target_opset={"": 18, "ai.onnx.ml": 3},
    )
    del graph.graph.output[0]
    parity = compare(graph.SerializeToString(), model.predict_proba, matrix)
    with pytest.raises(ParityError):
        require_parity("bad", parity)


def test_the_parity_gate_refuses_isotonic_calibration() -> None:
    rng = np.random.default_rng(4)
    width = 4
    matrix = rng.normal(size=(4_000, width)).astype(np.float32)
    target = rng.random(4_000) < 1 / (1 + np.exp(-matrix[:, 0]))
    trees = HistGradientBoostingClassifier(max_iter=15)
    model = CalibratedClassifierCV(trees, method="isotonic", cv=3).fit(matrix, target)
    graph = convert_sklearn(
        model,
        initial_types=[("features", FloatTensorType([None, width]))],
        options={id(model): {"zipmap": False}},
        target_opset={"": 18, "ai.onnx.ml": 3},
    )
    del graph.graph.output[0]
    with pytest.raises(ParityError):
        require_parity("bad", compare(graph.SerializeToString(), model.predict_proba, matrix))


def test_edge_rows_hold_nothing_but_missing_and_the_ends_of_the_ranges() -> None:
    rows = parity_rows(np.zeros((10, len(FEATURE_NAMES)), dtype=np.float32), 1)
    assert rows.shape == (510, len(FEATURE_NAMES))
    assert np.isnan(rows[10]).all()
    assert np.isfinite(rows[11]).all()


def test_training_claims_precede_the_test_claims_and_do_not_see_their_own_outcome() -> None:
    data = load_data(2_000, 9)
    assert [len(part.truth) for part in (data.train, data.calibration, data.test)] == [1_500, 200, 300]
    column = FEATURE_NAMES.index("billing_denial_rate")
    own = np.corrcoef(data.train.matrix[:, column], data.train.denied)[0, 1]
    assert own < 0.15  # a rate that held the claim's own outcome would correlate


def test_calibration_error_is_zero_for_the_truth_and_not_for_a_shift() -> None:
    rng = np.random.default_rng(1)
    p = rng.random(60_000)
    outcome = (rng.random(60_000) < p).astype(np.float64)
    assert calibration_error(outcome, p) < 0.01
    assert calibration_error(outcome, np.clip(p + 0.1, 0, 1)) > 0.05
