"""Drift fires on a planted shift and stays quiet on clean days; calibration tells gaps by payer."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.learning.reference import spread
from processors.monitoring import ACT, LEAST_ROWS, WATCH, DriftWindow, calibration_by, psi

NAMES = ("number", "flag", "holes", "constant")


def day(seed: int, rows: int = 1_500, shift: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    matrix = np.stack(
        [
            rng.normal(shift, 1, rows),
            rng.random(rows) < 0.1 + shift / 5,
            np.where(rng.random(rows) < 0.2, np.nan, rng.gamma(2, 1, rows)),
            np.ones(rows),
        ],
        axis=1,
    )
    return matrix.astype(np.float32)


@pytest.fixture(scope="module")
def reference() -> dict[str, object]:
    learnt = day(0, 20_000)
    features = {name: spread(learnt[:, place]) | {"usual": 0.0} for place, name in enumerate(NAMES)}
    return {"features": features, "score": spread(learnt[:, 0])}


def test_thirty_clean_days_stay_quiet(reference: dict[str, object]) -> None:
    for number in range(1, 31):
        window = DriftWindow(reference, NAMES)
        matrix = day(number)
        window.add(matrix, matrix[:, 0].astype(np.float64))
        found = window.measure()
        assert found is not None
        assert max(*found.features.values(), found.score) < WATCH


def test_a_planted_shift_fires_on_what_moved_alone(reference: dict[str, object]) -> None:
    window = DriftWindow(reference, NAMES)
    matrix = day(99, shift=0.9)
    window.add(matrix, matrix[:, 0].astype(np.float64))
    found = window.measure()
    assert found is not None
    assert found.features["number"] > ACT
    assert found.features["flag"] > WATCH
    assert found.features["holes"] < WATCH
    assert found.features["constant"] == pytest.approx(0, abs=1e-9)
    assert found.score > ACT


def test_values_that_go_missing_are_drift(reference: dict[str, object]) -> None:
    matrix = day(5)
    matrix[:, 0] = np.nan
    assert psi(reference["features"]["number"], matrix[:, 0]) > ACT  # type: ignore[index]  # a mapping, as in reference.json


def test_few_rows_tell_nothing_and_old_rows_go(reference: dict[str, object]) -> None:
    window = DriftWindow(reference, NAMES, size=2_000)
    window.add(day(1, LEAST_ROWS - 1, shift=2.0), np.zeros(LEAST_ROWS - 1))
    assert window.measure() is None
    for number in range(4):
        window.add(day(number + 2), day(number + 2)[:, 0].astype(np.float64))
    found = window.measure()
    assert found is not None
    assert found.features["number"] < WATCH
    assert found.rows <= 3_500


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6, width=32) | st.just(float("nan")), min_size=1, max_size=200))
def test_the_index_of_anything_against_itself_is_zero(values: list[float]) -> None:
    column = np.array(values, dtype=np.float32)
    assert psi(spread(column), column) == pytest.approx(0, abs=1e-9)


def test_calibration_tells_the_gap_of_a_payer() -> None:
    rng = np.random.default_rng(3)
    p = rng.random(4_000) * 0.5
    payer = np.where(np.arange(4_000) % 2 == 0, "A", "B")
    denied = rng.random(4_000) < np.where(payer == "A", p, np.minimum(p + 0.25, 1))
    found = calibration_by(pl.DataFrame({"payer_id": payer, "approval_probability": 1 - p, "denied": denied}))
    assert found["A"].error < 0.05
    assert found["B"].error > 0.2
    assert found[""].rows == 4_000
    assert "C" not in found
    assert (
        calibration_by(
            pl.DataFrame(schema={"payer_id": pl.String, "approval_probability": pl.Float64, "denied": pl.Boolean})
        )
        == {}
    )
