"""The approval model: gradient-boosted trees of P(denied), calibrated on later claims."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # the package ships no types

from models.training.data import Matrix, Part
from processors.features import FEATURE_NAMES

# A fact that speaks for a denial never lowers the probability of one.
_RISING = (
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
_FALLING = ("documentation_score",)
CLIP = 1e-6
# More or larger trees gain no accuracy worth their time: 120 trees of 31 leaves take twice as long to score and
# move AUROC by less than 0.001.
TREES, LEAVES = 80, 16

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ApprovalModel:
    """Trees and the affine step on their log-odds.

    Attributes:
        trees: The fitted classifier; class 1 is denied.
        slope: Factor on the log-odds (Platt scaling).
        intercept: Added to the log-odds.
    """

    trees: HistGradientBoostingClassifier
    slope: float
    intercept: float

    def p_denied(self, matrix: Matrix) -> Numbers:
        """Return the calibrated probability of a denial from the library: the reference for parity."""
        logit = log_odds(self.trees.predict_proba(matrix)[:, 1])
        result: Numbers = 1 / (1 + np.exp(-(self.slope * logit + self.intercept)))
        return result


def log_odds(p: Numbers) -> Numbers:
    """Return the log-odds of probabilities clipped to 1e-6 from 0 and 1."""
    kept = np.clip(p, CLIP, 1 - CLIP)
    result: Numbers = np.log(kept / (1 - kept))
    return result


def fit_approval(train: Part, calibration: Part, seed: int) -> ApprovalModel:
    """Fit the trees on the earlier claims and the affine step on the later ones.

    The settings stay in the lane that converts to ONNX exactly: float32 matrix, no native categoricals.
    """
    direction = [(name in _RISING) - (name in _FALLING) for name in FEATURE_NAMES]
    trees = HistGradientBoostingClassifier(
        max_iter=TREES,
        max_leaf_nodes=LEAVES,
        learning_rate=0.14,
        min_samples_leaf=40,
        l2_regularization=2.0,
        max_features=0.5,
        monotonic_cst=direction,
        early_stopping=False,
        random_state=seed,
    )
    # A feature nobody knew is given one value, so that no tree splits on it; the library refuses all NaN.
    unknown = np.isnan(train.matrix).all(axis=0)
    with threadpool_limits(1):  # one thread: the same trees every time, and no contest for cores
        trees.fit(np.where(unknown, np.float32(0), train.matrix), train.denied)
    logit = log_odds(trees.predict_proba(calibration.matrix)[:, 1])
    scaling = LogisticRegression(C=1e6).fit(logit[:, None], calibration.denied)
    return ApprovalModel(trees, float(scaling.coef_[0, 0]), float(scaling.intercept_[0]))
