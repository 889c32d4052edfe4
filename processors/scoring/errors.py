"""What can go wrong with a model."""

from __future__ import annotations

from schemas.errors import ClaimstreamError


class ModelRefusedError(ClaimstreamError):
    """A model in the registry must not serve: damaged, of other features, or wrong on its golden rows."""


class ScoringError(ClaimstreamError):
    """A loaded model answered with something that is not a probability."""
