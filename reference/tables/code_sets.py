"""Tables of code sets: which codes exist, from when to when, and what they mean for a claim."""

from __future__ import annotations

from reference.tables.spec import CENTS, DAY, DECIMAL, DIAGNOSIS, FLAG, NUMBER, PROCEDURE, TEXT, Starter, needed, table

ICD10CM = table(
    "icd10cm",
    "Billable ICD-10-CM codes with the edits of the Medicare Code Editor.",
    ("code", DIAGNOSIS, "code without a dot"),
    ("valid_from", needed(DAY), "first day of service"),
    ("valid_to", needed(DAY), "last day of service; 9999-12-31 is open"),
    ("sex", TEXT, "F or M where the code belongs to one sex (Medicare left this edit on 2024-10-01), else null"),
    ("age_edit", TEXT, "N age 0, P 0-17, M 9-64, A 15-124 years, else null"),
    ("manifestation", FLAG, "describes a manifestation: never the principal diagnosis"),
    ("external_cause", FLAG, "external cause: never the principal diagnosis"),
    ("unacceptable_principal", FLAG, "not accepted as principal diagnosis of an inpatient stay"),
    ("unspecified", FLAG, "says less than a more exact code of its family would"),
    key=("code", "valid_from"),
    starter=Starter("2027-03-31"),
)

HCPCS = table(
    "hcpcs",
    "HCPCS level II codes; CPT codes are in fee_schedule.",
    ("hcpcs", PROCEDURE, "a letter and four digits"),
    ("valid_from", needed(DAY), "day the code was added"),
    ("valid_to", needed(DAY), "last day of service; 9999-12-31 is open"),
    (
        "coverage",
        TEXT,
        "Medicare coverage: C carrier judgment, D instructions, I not payable, M S not covered",
    ),
    ("pricing_ind", TEXT, "how Medicare prices it, 00-99 (00: not priced)"),
    ("multiple_pricing_ind", TEXT, "9: not priced on its own"),
    ("betos", TEXT, "Berenson-Eggers type of service"),
    ("type_of_service", TEXT, "Medicare type of service, one letter or digit"),
    key=("hcpcs",),
    starter=Starter("2024-07"),
)

POS_CODES = table(
    "pos_codes",
    "Places of service.",
    ("pos", TEXT, "two digits"),
    ("label", TEXT, "name of the place"),
    ("pfs_setting", TEXT, "F: paid at the facility rate; NF: paid at the non-facility rate"),
    ("medicare_adjudicated", NUMBER, "0: Medicare does not adjudicate claims of this place"),
    key=("pos",),
    starter=Starter("2026", complete=True),
)

MODIFIERS = table(
    "modifiers",
    "Procedure modifiers with their effect on price and edits.",
    ("modifier", TEXT, "two characters"),
    ("effect", TEXT, "what it does, one word of ours: row, edit, review, factor, none and more"),
    ("factor", TEXT, "share of the fee as a decimal, or words: by report, intra"),
    ("label", TEXT, "our own words"),
    key=("modifier",),
    starter=Starter("2024-06", complete=True),
)

TAXONOMY = table(
    "taxonomy",
    "Provider taxonomy codes with the share of the fee schedule that their holders are paid.",
    ("taxonomy", TEXT, "ten characters"),
    ("label", TEXT, "our own words; null in a loaded list"),
    ("entity_type", TEXT, "1 a person, 2 an organisation"),
    ("pay_class", TEXT, "our own classes, as PHYSICIAN, NP, LCSW"),
    ("mpfs_factor", DECIMAL, "share of the fee schedule, decimal; null where it does not apply"),
    key=("taxonomy",),
    starter=Starter("25.1"),
)

SERVICE_CATEGORIES = table(
    "service_categories",
    "Service category of a code (restructured BETOS).",
    ("hcpcs", PROCEDURE, "CPT or HCPCS code"),
    ("category", TEXT, "as Imaging, E&M, Procedure"),
    ("subcategory", TEXT, "as Standard X-ray"),
    ("family", TEXT, "family in the subcategory"),
    ("procedure_class", TEXT, "Major, Other or Non-Procedure"),
    key=("hcpcs",),
)

PROCEDURE_FAMILIES = table(
    "procedure_families",
    "Our own clinical hints by procedure, for the generator and the models.",
    ("hcpcs", PROCEDURE, "CPT, CDT or HCPCS code"),
    ("family", TEXT, "clinical family, our own words"),
    ("label", TEXT, "our own words"),
    ("typical_charge_cents", CENTS, "usual charge, cents"),
    ("min_age", NUMBER, "youngest usual age, years"),
    ("max_age", NUMBER, "oldest usual age, years"),
    ("sex", TEXT, "F or M where the service belongs to one sex"),
    key=("hcpcs",),
    starter=Starter(),
)

DIAGNOSES = table(
    "diagnoses",
    "Our own clinical hints by diagnosis, for the generator and the models.",
    ("code", DIAGNOSIS, "ICD-10-CM code without a dot"),
    ("family_hint", TEXT, "procedure family it usually comes with"),
    ("label", TEXT, "our own words"),
    ("sex", TEXT, "F or M where the diagnosis belongs to one sex"),
    ("min_age", NUMBER, "youngest usual age, years"),
    ("max_age", NUMBER, "oldest usual age, years"),
    key=("code",),
    starter=Starter(),
)

TABLES = (
    ICD10CM,
    HCPCS,
    POS_CODES,
    MODIFIERS,
    TAXONOMY,
    SERVICE_CATEGORIES,
    PROCEDURE_FAMILIES,
    DIAGNOSES,
)
