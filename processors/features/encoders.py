"""Look-up tables a model learnt or froze at training time: denial rates, payer limits, code support."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

TABLES = (
    "payer_rate",
    "payer_registration_rate",
    "payer_authorisation_rate",
    "payer_coverage_rate",
    "payer_coding_rate",
    "payer_clinical_rate",
    "payer_family_rate",
    "billing_rate",
    "specialty_rate",
    "coder_rate",
    "procedure_rate",
    "diagnosis_rate",
    "payer_filing_days",
    "diagnosis_family_support",
    "procedure_unit_charge_cents",
    "procedure_min_age",
    "procedure_max_age",
    "procedure_female",
    "diagnosis_female",
)
"""Every table a feature may ask for; a model's encoders may hold fewer, the features are then NaN."""


@dataclass(frozen=True)
class Lookup:
    """A table from a key to a number.

    Attributes:
        values: Number by key.
        default: Number of a key that is not in the table; None makes it missing.
    """

    values: Mapping[str, float]
    default: float | None = None


@dataclass(frozen=True)
class Encoders:
    """The tables of one model version, part of its registry folder (`encoders.json`).

    Attributes:
        tables: Look-ups by name; names are those of `TABLES`.
    """

    tables: Mapping[str, Lookup] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the tables as JSON text, the same text for the same tables."""
        content = {
            name: {"default": lookup.default, "values": dict(sorted(lookup.values.items()))}
            for name, lookup in sorted(self.tables.items())
        }
        return json.dumps(content, indent=0, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Encoders:
        """Read tables written by `to_json`.

        Raises:
            ValueError: The text is not JSON of that form.
        """
        try:
            loaded = json.loads(text)
            tables = {
                str(name): Lookup(
                    {str(key): float(value) for key, value in table["values"].items()},
                    None if table["default"] is None else float(table["default"]),
                )
                for name, table in loaded.items()
            }
        except (KeyError, TypeError, AttributeError) as error:
            msg = f"encoders are not of the expected form ({type(error).__name__})"
            raise ValueError(msg) from None
        return cls(tables)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the tables: two models with the same digest share one feature matrix."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()
