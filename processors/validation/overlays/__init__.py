"""Overlays: what tenants and payers change of the shipped rules, and the rules they add."""

from processors.validation.overlays.overlay import Overlay, Override, read_overlays
from processors.validation.overlays.severities import DISABLED, LocalSeverities, Standing

__all__ = ["DISABLED", "LocalSeverities", "Overlay", "Override", "Standing", "read_overlays"]
