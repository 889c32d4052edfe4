"""What the procedure code of every line is, and what stands beside it on its claim and day."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl

from processors.validation.columns.arrays import code_numbers, line_arrays
from processors.validation.columns.claim_days import claim_days, claims_of_lines
from processors.validation.columns.code_families import CODE_BITS, LIMITS, families_of_codes, formed_codes
from processors.validation.columns.definition import ColumnGroup, Derived, Inputs, Integers
from processors.validation.columns.fee_facts import fee_fact
from processors.validation.columns.flags import booleans, has
from processors.validation.columns.forms import PROCEDURE, expand
from processors.validation.columns.made import ArrayColumn, Made
from reference.library import ReferenceLibrary

_IS: dict[str, tuple[str, ...]] = {
    "is_visit": ("visit",),
    "is_office_visit": ("new_office_visit", "established_office_visit"),
    "is_hospital_visit": ("hospital_visit",),
    "is_initial_facility_visit": ("initial_facility_visit",),
    "is_emergency_visit": ("emergency_visit",),
    "is_nursing_visit": ("nursing_visit",),
    "is_home_visit": ("home_visit",),
    "is_new_visit": ("new_visit",),
    "is_anesthesia": ("anesthesia",),
    "is_timed_anesthesia": ("timed_anesthesia",),
    "is_laboratory": ("laboratory",),
    "is_drug": ("drug",),
    "is_unlisted_drug": ("unlisted_drug",),
    "is_unlisted": ("unlisted",),
    "is_vaccine": ("vaccine",),
    "is_vaccine_administration": ("vaccine_administration",),
    "is_initial_infusion": ("initial_infusion",),
    "is_therapy": ("therapy",),
    "is_physical_evaluation": ("physical_evaluation",),
    "is_occupational_evaluation": ("occupational_evaluation",),
    "is_speech_evaluation": ("speech_evaluation",),
    "is_chiropractic": ("chiropractic",),
    "is_ambulance_transport": ("ambulance_transport",),
    "is_ambulance_mileage": ("ambulance_mileage",),
    "is_diagnostic_mammogram": ("diagnostic_mammogram",),
    "is_performance_measure": ("performance_measure",),
    "is_dental_code": ("dental",),
    "asks_for_digit": ("finger", "toe"),
    "asks_for_eyelid": ("eyelid",),
    "asks_for_coronary": ("coronary",),
}
"""Columns that say whether the code belongs to a family."""


def line_families(inputs: Inputs) -> Integers:
    """Return the bits of the families of the code of every line (`code_families.CODE_BITS`)."""
    return families_of_codes().take(inputs.once(code_numbers))


def _family_columns(inputs: Inputs) -> list[Made]:
    bits = inputs.once(line_families)
    clia = has(bits, CODE_BITS.of("clia_test")) & ~has(bits, CODE_BITS.of("clia_exempt"))
    return [
        *booleans(bits, {name: CODE_BITS.of(*families) for name, families in _IS.items()}),
        ArrayColumn("is_clia_test", clia),
        ArrayColumn("procedure_formed", formed_codes().take(inputs.once(code_numbers))),
    ]


LINE_FAMILIES = ColumnGroup(
    (
        *(
            (name, f"the code belongs to: {', '.join(f.replace('_', ' ') for f in kinds)}")
            for name, kinds in _IS.items()
        ),
        ("is_clia_test", "a laboratory test that needs a certificate (CLIA)"),
        ("procedure_formed", "the code has the form of a CPT or HCPCS code"),
    ),
    _family_columns,
)


def _beside_columns(inputs: Inputs) -> list[Made]:
    bits, days, claims = inputs.once(line_families), inputs.once(claim_days), inputs.once(claims_of_lines)
    of_claim = np.zeros(claims.count, dtype=np.int64)
    np.bitwise_or.at(of_claim, claims.group, bits)
    of_claim = of_claim[claims.group]
    timed = has(bits, CODE_BITS.of("timed_therapy"))
    units = inputs.once(line_arrays)["units"]
    screening = has(bits, CODE_BITS.of("screening_mammogram"))
    return [
        ArrayColumn("timed_therapy_units_same_day", days.total(np.where(timed, units, 0.0))),
        ArrayColumn("screening_mammogram_same_day", days.some(screening)),
        ArrayColumn("other_line_same_day", np.bincount(days.group, minlength=days.count)[days.group] > 1),
        *booleans(
            of_claim,
            {
                "established_visit_on_claim": CODE_BITS.of("established_visit"),
                "vaccine_on_claim": CODE_BITS.of("vaccine"),
                "vaccine_administration_on_claim": CODE_BITS.of("vaccine_administration"),
                "transport_on_claim": CODE_BITS.of("ambulance_transport"),
                "mileage_on_claim": CODE_BITS.of("ambulance_mileage"),
            },
        ),
    ]


LINE_BESIDE = ColumnGroup(
    (
        ("timed_therapy_units_same_day", "units of 15 minutes of therapy of the claim and day"),
        ("screening_mammogram_same_day", "a screening mammogram stands on the claim and day"),
        ("other_line_same_day", "the claim has another line of the day"),
        ("established_visit_on_claim", "a line of the claim is a visit of an established patient"),
        ("vaccine_on_claim", "a line of the claim is a vaccine"),
        ("vaccine_administration_on_claim", "a line of the claim gives a vaccine"),
        ("transport_on_claim", "a line of the claim is an ambulance transport"),
        ("mileage_on_claim", "a line of the claim is ambulance mileage"),
    ),
    _beside_columns,
)


def _surgery_columns(inputs: Inputs) -> list[Made]:
    days = inputs.once(claim_days)
    package = fee_fact(inputs, "global_days")
    paid = np.isin(fee_fact(inputs, "status"), _PAID)
    return [
        ArrayColumn("minor_procedure_same_day", days.some((package == 0) | (package == 10))),
        ArrayColumn("major_procedure_same_day", days.some(package == 90)),
        ArrayColumn("paid_service_same_day", days.some(paid)),
    ]


_PAID = (1, 15)
"""Places of the statuses A and R among `fee_facts.STATUSES`."""

LINE_SURGERY = ColumnGroup(
    (
        ("minor_procedure_same_day", "a procedure with a package of 0 or 10 days stands on the claim and day"),
        ("major_procedure_same_day", "a procedure with a package of 90 days stands on the claim and day"),
        ("paid_service_same_day", "a service that the fee schedule pays (A or R) stands on the claim and day"),
    ),
    _surgery_columns,
    tables=("fee_schedule",),
)


@lru_cache(maxsize=4)
def _limits(library: ReferenceLibrary) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Return, for every code, the number of its limits, and the limits: men only, women only, first and last age."""
    limited = np.zeros(PROCEDURE.size + 1, dtype=np.uint16)
    numbers = {(False, False, 0, _NO_MAX): 0}
    own = library.frame("procedure_families").select("hcpcs", "sex", "min_age", "max_age").rows()
    typed = ((expand(codes), sex, youngest, oldest) for codes, sex, youngest, oldest in LIMITS)
    for codes, sex, youngest, oldest in (*typed, *(([code], *limits) for code, *limits in own if limits != _NONE)):
        limit = (sex == "M", sex == "F", youngest or 0, _NO_MAX if oldest is None else oldest)
        limited[PROCEDURE.numbers_of(codes)] = numbers.setdefault(limit, len(numbers))
    limited[PROCEDURE.size] = 0
    men, women, youngest, oldest = zip(*numbers, strict=True)
    return limited, (np.array(men), np.array(women), np.array(youngest, np.int32), np.array(oldest, np.int32))


_NO_MAX = 999
_NONE = [None, None, None]


def _limit_columns(inputs: Inputs) -> list[Made]:
    limited, limits = _limits(inputs.library)
    place = limited.take(inputs.once(code_numbers))
    men, women, youngest, oldest = (limit.take(place) for limit in limits)
    return [
        ArrayColumn("procedure_for_men", men),
        ArrayColumn("procedure_for_women", women),
        ArrayColumn("procedure_min_age", youngest),
        ArrayColumn("procedure_max_age", oldest),
    ]


LINE_LIMITS = ColumnGroup(
    (
        ("procedure_for_men", "the procedure is limited to men"),
        ("procedure_for_women", "the procedure is limited to women"),
        ("procedure_min_age", "lowest age of the procedure, years; 0 when it has none"),
        ("procedure_max_age", "highest age of the procedure, years; 999 when it has none"),
    ),
    _limit_columns,
    tables=("procedure_families",),
)

PROCEDURE_COLUMNS: tuple[Derived, ...] = (
    Derived(
        "documented",
        "a note of the line or the claim, or an attachment, comes along",
        pl.col("note_present") | pl.col("claim_note_present") | (pl.col("attachment_count") > 0),
    ),
)
