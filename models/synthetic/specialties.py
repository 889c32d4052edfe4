"""Specialties of the synthetic world: whom they treat, what they bill, and how common they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FAMILIES: tuple[str, ...] = (
    "office_visit",
    "preventive_visit",
    "hospital_visit",
    "emergency_visit",
    "surgery",
    "endoscopy",
    "imaging",
    "laboratory",
    "vaccine",
    "psychiatry",
    "therapy",
    "cardiology",
    "ophthalmology",
    "drug",
    "dental",
    "other",
)
"""Procedure families of the starter reference data; the position is the family index."""

FAMILY_INDEX: dict[str, int] = {name: number for number, name in enumerate(FAMILIES)}


@dataclass(frozen=True)
class Specialty:
    """A provider specialty.

    Attributes:
        label: Specialty label on the claim.
        taxonomy: Health care provider taxonomy code.
        weight: Share among providers.
        mix: Weight of each encounter kind it bills; the first is for everyone, whatever age, sex and payer.
        ages: Youngest and oldest patients it treats.
    """

    label: str
    taxonomy: str
    weight: float
    mix: Mapping[str, float]
    ages: tuple[int, int] = (0, 120)


_FAMILY_MEDICINE = {
    "office visit": 16,
    "continued care": 4,
    "long visit": 2,
    "visit with laboratory": 15,
    "visit with urine test": 3,
    "visit with throat test": 4,
    "visit with injection": 5,
    "visit with flu vaccine": 5,
    "visit with flu vaccine (Medicare)": 3,
    "visit with lesion treatment": 3,
    "visit with drainage": 2,
    "visit with heart tracing": 2,
    "video visit": 6,
    "child check-up": 3,
    "child check-up with vaccine": 4,
    "adult check-up": 6,
    "senior check-up": 1,
    "first wellness visit": 1,
    "wellness visit": 4,
    "vaccine": 3,
    "two vaccines": 2,
    "zoster vaccine": 1,
    "flu vaccine (Medicare)": 1,
    "pneumonia vaccine (Medicare)": 2,
    "laboratory": 8,
    "vitamin injection": 2,
    "nail trimming": 0.5,
    "delivery": 0.4,
}
_INTERNAL_MEDICINE = {
    "office visit": 14,
    "continued care": 5,
    "long visit": 2,
    "visit with laboratory": 18,
    "visit with injection": 3,
    "visit with heart tracing": 3,
    "visit with flu vaccine": 3,
    "visit with flu vaccine (Medicare)": 2,
    "video visit": 5,
    "admission": 4,
    "hospital rounds": 10,
    "discharge": 4,
    "critical care": 2,
    "adult check-up": 3,
    "first wellness visit": 0.6,
    "wellness visit": 3,
    "laboratory": 10,
    "vaccine": 2,
    "pneumonia vaccine (Medicare)": 2,
}
_PEDIATRICS = {
    "office visit": 28,
    "visit with throat test": 14,
    "visit with flu vaccine": 6,
    "visit with behavioral screening": 3,
    "video visit": 5,
    "child check-up": 10,
    "child check-up with vaccine": 20,
    "vaccine": 8,
    "two vaccines": 4,
}
_EMERGENCY_MEDICINE = {
    "emergency visit": 60,
    "emergency visit with heart tracing": 15,
    "emergency visit with repair": 10,
    "emergency visit with drainage": 6,
}
_CARDIOLOGY = {
    "heart tracing reading": 8,
    "office visit": 12,
    "visit with heart tracing": 20,
    "video visit": 2,
    "hospital rounds": 7,
    "heart ultrasound": 17,
    "heart ultrasound in hospital": 11,
    "stress test": 8,
    "neck artery ultrasound": 8,
    "heart catheter": 5,
    "coronary stent": 2,
}
_ORTHOPEDICS = {
    "office visit": 12,
    "visit with film": 28,
    "visit with joint injection": 18,
    "joint injection": 8,
    "film": 6,
    "resonance": 6,
    "knee replacement": 4,
    "knee arthroscopy": 6,
    "spine injection": 8,
}
_SURGERY = {
    "office visit": 24,
    "visit with drainage": 8,
    "visit with skin biopsy": 8,
    "skin biopsy": 4,
    "skin lesion treatment": 5,
    "wound care": 8,
    "nail trimming": 3,
    "hernia repair": 9,
    "gallbladder removal": 10,
    "appendix removal": 5,
    "colon removal": 3,
    "thyroid removal": 3,
    "breast operation": 4,
    "uterus removal": 2,
    "uterus scope": 1.5,
    "bladder scope": 4,
    "hospital rounds": 4,
}
_GASTROENTEROLOGY = {
    "office visit": 36,
    "video visit": 4,
    "upper scope": 20,
    "colonoscopy": 24,
    "colonoscopy with two removals": 5,
    "screening colonoscopy (Medicare)": 10,
    "both scopes": 6,
}
_RADIOLOGY = {
    "film": 35,
    "tomography": 25,
    "resonance": 14,
    "ultrasound": 11,
    "pregnancy ultrasound": 4,
    "mammogram": 12,
}
_PSYCHIATRY = {
    "psychotherapy": 26,
    "office visit": 10,
    "visit with psychotherapy": 26,
    "psychiatric evaluation": 8,
    "psychotherapy by video": 10,
    "family therapy": 4,
    "group therapy": 6,
    "visit with behavioral screening": 4,
    "video visit": 6,
}
_PHYSICAL_THERAPY = {"therapy": 82, "therapy evaluation": 18}
_OPHTHALMOLOGY = {"eye exam": 70, "eye injection": 12, "cataract surgery": 10}
_ONCOLOGY = {"office visit": 12, "visit with blood count": 28, "chemotherapy": 50, "vitamin injection": 10}
_DENTISTRY = {
    "dental exam": 14,
    "dental check-up": 46,
    "dental check-up with filling": 8,
    "dental filling": 16,
    "dental crown": 8,
    "dental extraction": 10,
}
_HOSPITAL = {
    "emergency room": 15,
    "emergency room with infusion": 5,
    "outpatient laboratory": 26,
    "outpatient film": 9,
    "outpatient tomography": 10,
    "outpatient resonance": 6,
    "outpatient operation": 8,
    "outpatient hernia repair": 5,
    "outpatient scope": 6,
    "outpatient chemotherapy": 10,
}

SPECIALTIES: tuple[Specialty, ...] = (
    Specialty("family medicine", "207Q00000X", 22, _FAMILY_MEDICINE),
    Specialty("internal medicine", "207R00000X", 14, _INTERNAL_MEDICINE, (16, 120)),
    Specialty("pediatrics", "208000000X", 7, _PEDIATRICS, (0, 18)),
    Specialty("emergency medicine", "207P00000X", 6, _EMERGENCY_MEDICINE),
    Specialty("cardiology", "207RC0000X", 7, _CARDIOLOGY, (20, 120)),
    Specialty("orthopedic surgery", "207X00000X", 7, _ORTHOPEDICS, (8, 120)),
    Specialty("general surgery", "208600000X", 5, _SURGERY, (8, 120)),
    Specialty("gastroenterology", "207RG0100X", 5, _GASTROENTEROLOGY, (18, 120)),
    Specialty("diagnostic radiology", "2085R0202X", 7, _RADIOLOGY),
    Specialty("psychiatry", "2084P0800X", 6, _PSYCHIATRY, (6, 120)),
    Specialty("physical therapy", "225100000X", 6, _PHYSICAL_THERAPY, (8, 120)),
    Specialty("ophthalmology", "207W00000X", 4, _OPHTHALMOLOGY, (4, 120)),
    Specialty("hematology oncology", "207RH0003X", 3, _ONCOLOGY, (18, 120)),
    Specialty("general dentistry", "1223G0001X", 4, _DENTISTRY),
    Specialty("hospital", "282N00000X", 4, _HOSPITAL),
)
DENTIST = next(i for i, s in enumerate(SPECIALTIES) if s.label == "general dentistry")
HOSPITAL = next(i for i, s in enumerate(SPECIALTIES) if s.label == "hospital")
