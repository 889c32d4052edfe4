"""Pricing: the expected allowed amount of professional lines under the Medicare physician fee schedule."""

from processors.pricing.book import PriceBook
from processors.pricing.price import price

__all__ = ["PriceBook", "price"]
