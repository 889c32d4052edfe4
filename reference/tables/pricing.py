"""Tables of the Medicare physician fee schedule: what a service is worth, where, and when."""

from __future__ import annotations

from datetime import date

from reference.tables.spec import DAY, DECIMAL, DIGITS, FLAG, NUMBER, PROCEDURE, TEXT, Starter, needed, table

_FIRST_YEAR, _LAST_YEAR = date(2025, 1, 1), date(2026, 12, 31)

FEE_SCHEDULE = table(
    "fee_schedule",
    "Relative value units and payment indicators of a code, as published in the PPRRVU files.",
    ("year", NUMBER, "calendar year of service"),
    ("hcpcs", PROCEDURE, "CPT or HCPCS code"),
    ("modifier", TEXT, "empty, 26, TC or 53"),
    (
        "status_code",
        TEXT,
        "A R T are priced; B P bundled, C carrier priced, N not covered, I X E not here",
    ),
    ("not_used_for_medicare", TEXT, "+ where Medicare does not pay with these units"),
    ("work_rvu", needed(DECIMAL), "physician work, two decimals"),
    ("nonfac_pe_rvu", needed(DECIMAL), "practice expense outside a facility, two decimals"),
    ("nonfac_na", TEXT, "NA: the service is not priced outside a facility, whatever the figure says"),
    ("fac_pe_rvu", needed(DECIMAL), "practice expense in a facility, two decimals"),
    ("fac_na", TEXT, "NA: the service is not priced in a facility, whatever the figure says"),
    ("mp_rvu", needed(DECIMAL), "malpractice, two decimals"),
    ("nonfac_total", DECIMAL, "sum outside a facility"),
    ("fac_total", DECIMAL, "sum in a facility"),
    ("pctc_ind", TEXT, "professional and technical component indicator, 0-9"),
    ("global_days", needed(TEXT), "000, 010, 090, MMM, XXX, YYY or ZZZ"),
    ("pre_op_pct", DECIMAL, "share before the operation, fraction"),
    ("intra_op_pct", DECIMAL, "share of the operation, fraction"),
    ("post_op_pct", DECIMAL, "share after the operation, fraction"),
    ("mult_proc", TEXT, "multiple procedure indicator, 0-9"),
    ("bilat_surg", TEXT, "bilateral indicator, 0-3 or 9"),
    ("asst_surg", TEXT, "assistant at surgery indicator"),
    ("co_surg", TEXT, "co-surgeon indicator"),
    ("team_surg", TEXT, "team surgery indicator"),
    ("pricing_ind", TEXT, "pricing indicator, from 2026"),
    ("endo_base", TEXT, "base code of an endoscopy family"),
    ("conv_factor", DECIMAL, "dollars a unit as printed in the file; conversion_factors is the one to pay with"),
    ("phys_supervision", TEXT, "supervision of diagnostic procedures"),
    ("calc_flag", TEXT, "calculation flag"),
    ("diag_imaging_family", TEXT, "88: reduced with other imaging of the session; 99: does not apply"),
    ("opps_nonfac_pe", DECIMAL, "practice expense of the outpatient cap outside a facility"),
    ("opps_fac_pe", DECIMAL, "practice expense of the outpatient cap in a facility"),
    ("opps_mp", DECIMAL, "malpractice of the outpatient cap"),
    key=("year", "hcpcs", "modifier"),
    parts=("year",),
    starter=Starter("2025D, 2026C", effective_from=_FIRST_YEAR, effective_to=_LAST_YEAR),
)

GPCI = table(
    "gpci",
    "Geographic practice cost indices of a payment locality (Addendum E).",
    ("year", NUMBER, "calendar year of service"),
    ("mac", DIGITS, "Medicare administrative contractor, five digits"),
    ("state", TEXT, "two letters"),
    ("locality", needed(DIGITS), "two digits, unique in a state"),
    ("work_gpci", needed(DECIMAL), "index of work with the floors that hold, three decimals"),
    ("pe_gpci", needed(DECIMAL), "index of practice expense, three decimals"),
    ("mp_gpci", needed(DECIMAL), "index of malpractice, three decimals"),
    (
        "state_default",
        NUMBER,
        "1: holds where only the state is known: its one locality, or the rest of it",
    ),
    key=("year", "state", "locality"),
    parts=("year",),
    starter=Starter("2025, 2026", complete=True, effective_from=_FIRST_YEAR, effective_to=_LAST_YEAR),
)

CONVERSION_FACTORS = table(
    "conversion_factors",
    "Dollars a relative value unit is paid with, by day of service.",
    ("effective_from", DAY, "first day of service"),
    ("effective_to", DAY, "last day of service"),
    ("basis", TEXT, "ALL, or from 2026 NON_APM and APM (clinician in an advanced payment model)"),
    ("conversion_factor", needed(DECIMAL), "dollars a unit, four decimals"),
    key=("effective_from", "basis"),
    starter=Starter("2023-2026", complete=True, effective_from=date(2023, 1, 1), effective_to=_LAST_YEAR),
)

ANESTHESIA_FACTORS = table(
    "anesthesia_factors",
    "Dollars an anesthesia unit is paid with, by day of service and locality.",
    ("effective_from", DAY, "first day of service"),
    ("effective_to", DAY, "last day of service"),
    ("state", TEXT, "two letters; US is the national factor, with locality 00"),
    ("locality", needed(DIGITS), "two digits, unique in a state"),
    ("basis", TEXT, "ALL, or from 2026 NON_APM and APM: join on it as on conversion_factors"),
    ("conversion_factor", needed(DECIMAL), "dollars a unit, two decimals for a locality, four for the nation"),
    ("derived", FLAG, "true: computed from the national factor and the indices, not published"),
    key=("effective_from", "state", "locality", "basis"),
    parts=("effective_from",),
    starter=Starter("2024-2026", effective_from=date(2024, 1, 1), effective_to=_LAST_YEAR),
)

ANESTHESIA_BASE_UNITS = table(
    "anesthesia_base_units",
    "Base units of an anesthesia code.",
    ("hcpcs", PROCEDURE, "anesthesia code, 00100 to 01999"),
    ("base_units", needed(NUMBER), "units before time"),
    key=("hcpcs",),
    starter=Starter(),
)

LOCALITY_COUNTY = table(
    "locality_county",
    "Which counties a payment locality holds.",
    ("mac", DIGITS, "Medicare administrative contractor"),
    ("state", TEXT, "two letters"),
    ("locality", needed(DIGITS), "two digits"),
    ("county", TEXT, "name of the county; * is every county that no other row names"),
    ("kind", TEXT, "statewide, listed or rest_of_state"),
    key=("mac", "state", "locality", "county"),
)

ZIP_LOCALITY = table(
    "zip_locality",
    "Payment locality of a ZIP code.",
    ("zip", DIGITS, "five digits"),
    ("state", TEXT, "two letters"),
    ("county", TEXT, "name of the county"),
    ("mac", DIGITS, "Medicare administrative contractor"),
    ("locality", needed(DIGITS), "two digits"),
    ("basis", TEXT, "county, rest or state: what the mapping follows from; published: the official file"),
    key=("zip",),
)

OPPS_CAP = table(
    "opps_cap",
    "Published prices of imaging after the cap by the outpatient hospital fee, by locality.",
    ("year", NUMBER, "calendar year of service"),
    ("hcpcs", PROCEDURE, "CPT or HCPCS code"),
    ("modifier", TEXT, "empty or TC"),
    ("status_code", needed(TEXT), "A: the price paid; C: the cap only"),
    ("mac", DIGITS, "contractor as printed; the file lists all of California under one"),
    ("locality", needed(DIGITS), "two digits"),
    ("facility_price", DECIMAL, "dollars, two decimals"),
    ("nonfacility_price", DECIMAL, "dollars, two decimals"),
    key=("year", "hcpcs", "modifier", "mac", "locality"),
    parts=("year",),
)

MAC_CONTRACTORS = table(
    "mac_contractors",
    "Medicare administrative contractors.",
    ("mac", DIGITS, "five digits"),
    ("jurisdiction", TEXT, "jurisdiction as JE"),
    ("contractor", TEXT, "name of the company"),
    ("area", TEXT, "what it serves"),
    key=("mac",),
)

TABLES = (
    FEE_SCHEDULE,
    GPCI,
    CONVERSION_FACTORS,
    ANESTHESIA_FACTORS,
    ANESTHESIA_BASE_UNITS,
    LOCALITY_COUNTY,
    ZIP_LOCALITY,
    OPPS_CAP,
    MAC_CONTRACTORS,
)
