"""The order in which a price is worked out, and the names of the steps a build-up is made of.

ORDER is the one place that decides. Every stage rounds half up to the cent and writes what it did as a step.
Bilateral before ranking and endoscopy families before ranking: Medicare Claims Processing Manual chapter 12
sections 40.6 and 40.7. Reductions of imaging before the outpatient cap, and the rest: the usual practice of
contractors; a site that knows better changes the order here.
"""

from __future__ import annotations

TOGETHER = "together"
"""The stage that adds the parts of a line up; stages before it work on parts, stages after it on lines."""

ORDER = (
    "fee",  # one service, rounded to the cent
    "therapy",  # half the practice expense of every therapy unit but one
    "film",  # FX, FY, CT: the technical part taken with old equipment
    "diagnostic",  # imaging, cardiovascular, ophthalmology: second and further services
    "outpatient_cap",  # imaging is never paid above the hospital outpatient amount
    "units",
    TOGETHER,
    "bilateral",  # 50, or the same by units or by RT and LT
    "endoscopy",  # further endoscopies of a family: what they add to their base
    "multiple_procedure",  # 100, 50, 50, 50, 50 percent by rank
    "surgical_split",  # 54, 55, 56, 78
    "reduced_service",  # 52, 53
    "co_surgeon",  # 62
    "assistant",  # 80, 81, 82, AS
    "medical_direction",  # QK, QX, QY
    "practitioner_share",  # 85 or 75 percent by the specialty of the rendering provider
    "non_participating",  # 95 percent
    "lesser_of_charge",
)

STEPS = (
    "fee",
    "professional_fee",
    "technical_fee",
    "anesthesia_unit",
    "anesthesia_unit_derived",  # the factor of the locality is computed, not published
    "therapy_reduced_fee",
    "modifier_FX",
    "modifier_FY",
    "modifier_CT",
    "multiple_imaging",
    "multiple_cardiovascular",
    "multiple_ophthalmology",
    "outpatient_cap",
    "units",
    "parts_together",
    "modifier_50",
    "both_sides",
    "endoscopy_family",
    "multiple_procedure",
    "further_units",
    "with_first_unit",
    "modifier_54",
    "modifier_55",
    "postoperative_days",
    "modifier_56",
    "modifier_78",
    "modifier_52",
    "modifier_53",
    "modifier_62",
    "modifier_80",
    "modifier_81",
    "modifier_82",
    "modifier_AS",
    "modifier_QK",
    "modifier_QX",
    "modifier_QY",
    "practitioner_share",
    "non_participating",
    "lesser_of_charge",
)
"""Names of steps as they stand in price_steps; while prices are worked out a step is its place here."""

STEP = {name: place for place, name in enumerate(STEPS)}
"""Number of a step by its name."""
