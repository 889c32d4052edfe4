"""train: from synthetic claims to a published model of the stream."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.learning.bundle import Origin, publish
from models.learning.learn import Extras, Learned, Progress, Wish, learn, silent
from models.learning.measures import reason_metrics
from models.synthetic.profiles import REASONS
from models.training.data import WINDOW, WINDOW_START, ClaimData, claim_data
from processors.features import FEATURE_NAMES, feature_hash
from processors.scoring.registry import DENIALS
from processors.scoring.rules import RULES_VERSION, rules_score_of
from schemas.errors import BadInputError

LEAST_CLAIMS = 2_000
LABEL = (
    "denied at the first remittance of the original claim (CO, OA or PI denial codes; patient responsibility 1, 2, 3, "
    "contractual 45 and reversals are no denials)"
)
_PURPOSE = (
    "Probability that the first adjudication denies a claim, and of each of the sixteen reasons given a denial; "
    "approval is one minus the former. It scores claims in the stream."
)
_LIMITS = (
    "Trained on synthetic claims whose denial mechanisms are known. The figures say that the program learns what can "
    "be learnt; they promise nothing about a payer: train on your own adjudicated claims (`models retrain`) before "
    "you act on the scores. Known failure modes: payers, codes and providers not met in training score at the "
    "overall rate; facts that no field records are not seen; claims that were fixed after a warning and then paid look "
    "like false alarms. Age and sex are among the features: read the calibration by age and sex."
)


@dataclass(frozen=True)
class TrainingReport:
    """What a training run made.

    Attributes:
        folder: Folder of the version.
        learned: The model and its metrics.
    """

    folder: Path
    learned: Learned


def train(
    registry: Path,
    claims: int,
    seed: int,
    progress: Progress = silent,
    *,
    profile: str = "seed",
    wish: Wish | None = None,
    activate: bool = True,
) -> TrainingReport:
    """Train, check, export and publish the model of the stream.

    Args:
        registry: Model registry folder.
        claims: Number of synthetic claims, at least 2,000: 80 % to learn from, the later 20 % to test on.
        seed: Seed of the claims and of the fits.
        progress: Called with a line of text before each stage.
        profile: seed (strong signals) or field (as weak as in real claim lines).
        wish: Families to compare and to publish; its seed is replaced.
        activate: Make the version the champion.

    Raises:
        BadInputError: Too few claims.
        ParityError: A graph does not answer as its model; nothing is published.
    """
    if claims < LEAST_CLAIMS:
        msg = f"{claims} claims are too few to learn sixteen reasons from."
        raise BadInputError(msg, f"Train on at least {LEAST_CLAIMS} claims.")
    progress(f"making {claims} claims of the profile {profile}")
    made = claim_data(claims, seed, profile)
    data = made.data
    extras = Extras({RULES_VERSION: rules_score_of(data.test.matrix)}, None, properties(data.digest, seed))
    learned = learn(data, replace(wish or Wish(), seed=seed), extras, progress)
    learned = _with_bayes(learned, made)
    progress("publishing")
    return TrainingReport(publish(registry, origin(made, seed, profile), learned, data, activate=activate), learned)


def properties(digest: str, seed: int) -> dict[str, str]:
    """Return what is written into the graphs of the stream's model."""
    return {
        "name": DENIALS,
        "feature_hash": feature_hash(),
        "feature_names": ",".join(FEATURE_NAMES),
        "data_sha256": digest,
        "seed": str(seed),
        "label": LABEL,
    }


def origin(made: ClaimData, seed: int, profile: str) -> Origin:
    """Return where a version trained on synthetic claims comes from."""
    facts: dict[str, Any] = {
        "seed": seed,
        "label": LABEL,
        "profile": profile,
        "window": [WINDOW_START.date().isoformat(), (WINDOW_START + WINDOW).date().isoformat()],
        "leak_audit": {
            "lead": "Every feature is computed from the submitted claim and from remittances received before it."
        },
    }
    return Origin(DENIALS, "claims", made.encoders.to_json(), facts, "Denial model of the stream", _PURPOSE, _LIMITS)


def _with_bayes(learned: Learned, made: ClaimData) -> Learned:
    """Add what the best possible reason model achieves."""
    if learned.reasons is None:
        return learned
    best = reason_metrics(made.data.test, made.posterior, REASONS)
    reasons = learned.metrics["reasons"] | {"bayes_top1": best["top1"], "bayes_top3": best["top3"]}
    return replace(learned, metrics=learned.metrics | {"reasons": reasons})
