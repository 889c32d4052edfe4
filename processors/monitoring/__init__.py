"""Monitoring of models: whether claims still look like those a model learnt from, and whether it is still right."""

from processors.monitoring.calibration import Calibration, calibration_by
from processors.monitoring.drift import ACT, LEAST_ROWS, WATCH, Drift, DriftWindow, psi

__all__ = ["ACT", "LEAST_ROWS", "WATCH", "Calibration", "Drift", "DriftWindow", "calibration_by", "psi"]
