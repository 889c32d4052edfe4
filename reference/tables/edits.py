"""Tables of the National Correct Coding Initiative: what may be billed together, and how many."""

from __future__ import annotations

from reference.tables.spec import DAY, NUMBER, PROCEDURE, SMALL, TEXT, Starter, needed, table

NCCI_PTP = table(
    "ncci_ptp",
    "Pairs of codes of one patient, provider and day of which column two is not paid (procedure to procedure edits).",
    ("setting", TEXT, "practitioner or hospital"),
    ("column1", PROCEDURE, "the code that is paid"),
    ("column2", PROCEDURE, "the code that is denied"),
    (
        "modifier_ind",
        needed(SMALL),
        "0 never together, 1 together with a modifier that says why",
    ),
    ("effective_from", DAY, "first day of service; null where the source does not say"),
    ("effective_to", DAY, "last day of service; null is open"),
    ("rationale_id", SMALL, "why, see ncci_rationales; null where the source does not say"),
    key=("setting", "column1", "column2"),
    parts=("setting",),
    starter=Starter("2024-07-01"),
)

NCCI_RATIONALES = table(
    "ncci_rationales",
    "Why a pair of codes is an edit.",
    ("rationale_id", SMALL, "number of ours"),
    ("label", TEXT, "the reason in the words of the published edit file"),
    key=("rationale_id",),
    starter=Starter("2024-07-01", complete=True),
)

NCCI_MUE = table(
    "ncci_mue",
    "Most units of a code that one patient plausibly gets (medically unlikely edits).",
    ("service_type", TEXT, "practitioner, hospital or dme"),
    ("hcpcs", PROCEDURE, "CPT or HCPCS code"),
    ("max_units", needed(NUMBER), "most units"),
    ("mai", needed(SMALL), "1 by claim line; 2 by day, by policy; 3 by day, clinical: review lifts it"),
    key=("service_type", "hcpcs"),
    parts=("service_type",),
    starter=Starter("2024-07-01"),
)

NCCI_ADDON = table(
    "ncci_addon",
    "Add-on codes and the primary codes they may follow.",
    ("addon", PROCEDURE, "the add-on code"),
    ("primary", PROCEDURE, "a code that it may follow; CCCCC: the contractor decides"),
    (
        "edit_type",
        needed(SMALL),
        "1 the list is whole, 2 the contractor decides, 3 a list to which the contractor adds",
    ),
    ("effective_from", DAY, "first day of service; null where the source does not say"),
    ("effective_to", DAY, "last day of service; null is open"),
    key=("addon", "primary"),
    starter=Starter("2024-06-03"),
)

TABLES = (NCCI_PTP, NCCI_RATIONALES, NCCI_MUE, NCCI_ADDON)
