"""Synthetic claims with a known probability of denial: no real person, payer or provider."""

from models.synthetic.generate import SyntheticClaims, generate

__all__ = ["SyntheticClaims", "generate"]
