"""Correlation: claims, acknowledgements, remittances and actions of one account become one story, in any order.

Pure: facts in, an account (plain JSON-able values) and rows out. Instants are microseconds since 1970 UTC and dates
days since 1970, as Avro stores them. `Ledger` is the whole.
"""

from processors.correlation.ledger import Ledger, Outcome
from processors.correlation.policy import CorrelationPolicy

__all__ = ["CorrelationPolicy", "Ledger", "Outcome"]
