"""Scoring: ONNX models from the registry, and rules when there is none."""

from processors.scoring.errors import ModelRefusedError, ScoringError
from processors.scoring.rules import RULE_REASONS, RULES_VERSION
from processors.scoring.scorer import Scorer, score

__all__ = ["RULES_VERSION", "RULE_REASONS", "ModelRefusedError", "Scorer", "ScoringError", "score"]
