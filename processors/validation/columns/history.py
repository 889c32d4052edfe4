"""Columns that only rules of the history stage see: what the patient's earlier claims say.

The history step computes them; here they are named, so that rules over them compile and are documented.
"""

from __future__ import annotations

import polars as pl

HISTORY_CLAIM_COLUMNS: tuple[tuple[str, str, pl.DataType], ...] = (
    (
        "exact_duplicate",
        "an accepted claim says the same: payer, provider, dates, procedures, modifiers, units and charges",
        pl.Boolean(),
    ),
    ("duplicate_of_claim", "claim id of that claim, its first 32 characters", pl.String()),
)
"""Name, meaning and type of the columns of the claim level."""

HISTORY_LINE_COLUMNS: tuple[tuple[str, str, pl.DataType], ...] = (
    (
        "near_duplicate",
        "an accepted claim has a line of the same payer, provider, day, procedure and distinguishing modifiers",
        pl.Boolean(),
    ),
    ("near_duplicate_of_claim", "claim id of that claim, its first 32 characters", pl.String()),
    (
        "earlier_day_units",
        "units of the procedure by the provider that day on earlier claims; 0 for none",
        pl.Float64(),
    ),
    ("day_units", "the same with the units of this claim; 0 when no earlier claim has any", pl.Float64()),
    ("day_unit_limit", "most units a day (medically unlikely edits by day); null without a limit", pl.Int64()),
    ("earlier_office_visits", "office visits that day with the same group and specialty on earlier claims", pl.Int64()),
    ("surgery_code", "surgery of the same group and specialty in whose global period the visit lies", pl.String()),
    ("surgery_global_days", "global days of that surgery: 0, 10 or 90", pl.Int64()),
    ("days_after_surgery", "days from that surgery to the visit; -1 the day before", pl.Int64()),
    (
        "group_saw_patient_days_ago",
        "visit of a new patient: days since the same group and specialty saw the patient, up to three years",
        pl.Int64(),
    ),
    ("earlier_lifetime_code", "once-per-lifetime procedure of the same group on another day", pl.String()),
)
"""Name, meaning and type of the columns of the line level; exact duplicates have no values here."""
