"""Registers of a plain claim while compiled code reads it, and what its readers answer about a segment."""

from __future__ import annotations

OWN_FROM, OWN_TO, SEALED_LISTS, KEPT, BORN_ON = range(5)
"""The claim's own service dates (CCYYMMDD, 0 for none), bits of the lists that are sealed of it, length of the JSON of
kept segments, the patient's birth date."""
REGISTERS = 5

KEEP, READ, READ_AND_KEEP = range(3)
"""A segment is to be kept sealed; a field holds it; both."""
LISTED = 4
"""Bits that an answer is shifted by to give the bits of the lists a segment is sealed in."""
ODD = -1
"""The segment is not plain: the other reader would warn, reject or do what has no place here."""

LISTS = ("authorizations", "referrals", "notes", "line_authorizations", "line_notes", "line_descriptions")
"""Lists that are sealed of a claim, beside its segments."""
AUTHORIZATIONS, REFERRALS, NOTES, LINE_AUTHORIZATIONS, LINE_NOTES, LINE_DESCRIPTIONS = range(len(LISTS))
