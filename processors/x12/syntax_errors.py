"""Problems as the 999 and TA1 name them: error codes of segments, elements, sets, groups and interchanges.

Codes are those of data elements 620, 621, 618, 716 and I18 of X12 5010; the words are ours.
"""

from __future__ import annotations

SEGMENT_ERRORS: dict[str, tuple[str, str | None]] = {
    "account_number": ("8", "1"), "amount": ("8", "6"), "quantity": ("8", "6"), "facility_code": ("8", "1"),
    "date": ("8", "8"), "procedure_code": ("8", "1"), "modifier": ("8", "7"), "pointer": ("8", "6"),
    "line_number": ("8", "7"), "hi_without_code": ("8", "1"), "diagnosis_code": ("8", "7"),
    "adjustment": ("8", "2"), "hl_parent": ("8", "7"), "claim_status": ("8", "1"),
    "patient_responsibility": ("8", "7"), "provider_adjustment": ("8", "2"), "ack_value": ("8", "7"),
    "too_many_elements": ("8", "3"), "extra_elements": ("8", "3"), "hierarchy_damaged": ("8", "7"),
    "no_lines": ("3", None), "line_without_service": ("3", None), "line_without_lx": ("3", None),
    "line_missing": ("3", None), "service_kind": ("2", None),
    "patient_missing": ("3", None), "clm_lost": ("2", None), "clp_lost": ("2", None),
    "hl_lost": ("2", None), "hierarchy": ("2", None), "lines_without_claim": ("2", None),
    "clm_unreadable": ("1", None), "clp_unreadable": ("1", None), "unknown_segment": ("1", None),
    "claim_too_large": ("5", None), "ak2_lost": ("2", None), "verdict_missing": ("3", None),
}  # fmt: skip
"""IK304 and IK403 by problem code; problems that are not of syntax are not here."""

SET_ERRORS: dict[str, str] = {
    "unsupported_guide": "1", "unsupported_set": "1", "not_claims": "1", "se_missing": "2", "se_control": "3",
    "se_count": "4", "st_control": "7", "st_duplicate": "23",
}  # fmt: skip
"""IK502 by problem code: errors for which a whole set is rejected."""

GROUP_ERRORS: dict[str, str] = {"ge_missing": "3", "ge_control": "4", "ge_count": "5"}
"""AK905 by problem code."""

INTERCHANGE_ERRORS: dict[str, str] = {
    "iea_control": "001", "iea_count": "021", "isa_width": "022", "iea_missing": "023", "isa_missing": "022",
}  # fmt: skip
"""TA105 by problem code."""
