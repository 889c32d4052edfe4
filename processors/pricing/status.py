"""Price status of a line: priced, or the first reason why it has no price; a number while it is worked out."""

from __future__ import annotations

import polars as pl

STATUSES = (
    "priced",
    # what the claim says
    "institutional",
    "dental",
    "unknown_claim_type",
    "no_date",
    "no_year",
    # what the fee schedule says of the code
    "unknown_code",
    "carrier_priced",
    "bundled",
    "not_covered",
    "not_valid",
    "reporting_only",
    "anesthesia",
    "not_on_schedule",
    "component_not_applicable",
    # where it was done
    "unknown_pos",
    "not_priced_in_setting",
    "no_locality",
    # modifiers
    "billed_for_denial",
    "unknown_modifier",
    "modifier_not_applicable",
    "modifier_conflict",
    "assistant_not_paid",
    "cosurgeon_not_paid",
    "by_report",
    # anesthesia
    "anesthesia_modifier_missing",
    "anesthesia_base_units_unknown",
    "anesthesia_factor_unknown",
    # quantity, and codes that the price of this one depends on
    "units_not_priced",
    "related_code_not_on_schedule",
)
"""Every status. `anesthesia` is only an intermediate one: such a line is priced or gets a reason of its own."""

CODE = {name: place for place, name in enumerate(STATUSES)}
"""Number of a status by its name."""

PRICED = CODE["priced"]
UNKNOWN_CODE = CODE["unknown_code"]
NOT_VALID = CODE["not_valid"]
ANESTHESIA = CODE["anesthesia"]

NAMES = pl.Series(STATUSES, dtype=pl.String)
"""The statuses by number, to be gathered from."""

BASIS = pl.Series(["fee_schedule", "none"])
"""Price basis of a line or a claim with a price, and of one without."""

CLAIM_TYPES = ("professional", "institutional", "dental")
"""Claim types by the number of the status that their lines get; professional lines are priced."""

_GATES = {
    "A": "priced",
    "R": "priced",
    "T": "priced",
    "C": "carrier_priced",
    "B": "bundled",
    "P": "bundled",
    "N": "not_covered",
    "I": "not_valid",
    "D": "not_valid",
    "M": "reporting_only",
    "J": "anesthesia",
    "E": "not_on_schedule",
    "X": "not_on_schedule",
}

GATES = {code: CODE[status] for code, status in _GATES.items()}
"""Status code of the fee schedule row as a price status; any other code is not_valid."""
