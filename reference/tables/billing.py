"""Tables of payers and of what they answer with: reason, remark and status codes, bill types, filing limits."""

from __future__ import annotations

from reference.tables.spec import DAY, FLAG, NUMBER, TEXT, Starter, table

CARC = table(
    "carc",
    "Claim adjustment reason codes with labels and grouping of our own.",
    ("code", TEXT, "reason code"),
    ("label", TEXT, "our own words; null where we have none"),
    ("kind", TEXT, "DENIAL, PATIENT_RESP, CONTRACTUAL, PAYMENT_ADJ or INFO"),
    ("root_cause", TEXT, "our own grouping of denials"),
    ("typical_group", TEXT, "the adjustment group it usually comes with; a default, not a rule"),
    ("remark_required", FLAG, "a remark code has to come with it"),
    ("preventable", FLAG, "our own judgment: better work before billing avoids it"),
    ("owner_team", TEXT, "our own judgment: who works it"),
    ("valid_from", DAY, "first day"),
    ("valid_to", DAY, "last day; 9999-12-31 is open"),
    key=("code",),
    starter=Starter("2024-06"),
)

RARC = table(
    "rarc",
    "Remittance advice remark codes.",
    ("code", TEXT, "remark code"),
    ("label", TEXT, "short label; null where we have none"),
    ("category", TEXT, "our own grouping"),
    ("alert", FLAG, "informs only"),
    ("missing_or_invalid", FLAG, "says that something is missing, incomplete or invalid"),
    ("valid_from", DAY, "first day"),
    ("valid_to", DAY, "last day; 9999-12-31 is open"),
    key=("code",),
    starter=Starter("2024-06"),
)

ADJUSTMENT_GROUPS = table(
    "adjustment_groups",
    "Claim adjustment group codes: who bears an adjustment.",
    ("code", TEXT, "CO, PR, OA, PI or CR"),
    ("label", TEXT, "our own words"),
    ("liable_party", TEXT, "provider, patient, payer or none"),
    ("default_action", TEXT, "what usually follows"),
    key=("code",),
    starter=Starter("5010", complete=True),
)

CLAIM_STATUS_CATEGORIES = table(
    "claim_status_categories",
    "Claim status category codes of the 277 and 277CA.",
    ("code", TEXT, "category code as A2"),
    ("family", TEXT, "ACK, PENDING, FINAL and more"),
    ("label", TEXT, "our own words"),
    ("outcome", TEXT, "what it means for a claim, as RECEIVED, ACCEPTED, REJECTED, PENDING, PAID"),
    key=("code",),
    starter=Starter("5010", complete=True),
)

CLAIM_STATUS_CODES = table(
    "claim_status_codes",
    "Claim status codes of the 277 and 277CA.",
    ("code", TEXT, "status code"),
    ("label", TEXT, "our own words; null where we have none"),
    key=("code",),
    starter=Starter("5010"),
)

REVENUE_CODES = table(
    "revenue_codes",
    "Groups of revenue codes of institutional claims.",
    ("prefix", TEXT, "first three digits of the four-digit code; 000 holds the total 0001 only"),
    ("service_line", TEXT, "our own grouping"),
    ("label", TEXT, "our own words"),
    ("needs_hcpcs", FLAG, "an outpatient line of this group needs a HCPCS code"),
    key=("prefix",),
    starter=Starter(complete=True),
)

TYPE_OF_BILL = table(
    "type_of_bill",
    "What each digit of a type of bill says.",
    ("digit", TEXT, "facility, class, clinic_class (facility 7), special_class (facility 8) or frequency"),
    ("value", TEXT, "the digit or letter"),
    ("label", TEXT, "our own words"),
    key=("digit", "value"),
    starter=Starter(complete=True),
)

TIMELY_FILING = table(
    "timely_filing",
    "Days in which a claim has to reach a kind of payer.",
    ("payer_class", TEXT, "kind of payer or of claim"),
    ("days", NUMBER, "days, usually from the day of service"),
    ("basis", TEXT, "what the days count from"),
    ("confidence", TEXT, "statutory, rule, typical or assumed"),
    ("source", TEXT, "law or rule, contract, or none"),
    key=("payer_class",),
    starter=Starter(),
)

PAYERS = table(
    "payers",
    "Payers; the starter ones are invented.",
    ("payer_id", TEXT, "payer id as billed"),
    ("label", TEXT, "name"),
    ("payer_type", TEXT, "medicare, medicare_advantage, medicaid, commercial and more"),
    ("plan_type", TEXT, "ffs, hmo, ppo and more"),
    ("timely_filing_days", NUMBER, "days from service in which a claim has to arrive"),
    key=("payer_id",),
    starter=Starter(),
)

TABLES = (
    CARC,
    RARC,
    ADJUSTMENT_GROUPS,
    CLAIM_STATUS_CATEGORIES,
    CLAIM_STATUS_CODES,
    REVENUE_CODES,
    TYPE_OF_BILL,
    TIMELY_FILING,
    PAYERS,
)
