"""Specialties of the synthetic world: what they bill, where, and how common they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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
        mix: Weight of each family it bills.
    """

    label: str
    taxonomy: str
    weight: float
    mix: dict[str, float]


SPECIALTIES: tuple[Specialty, ...] = (
    Specialty(
        "family medicine",
        "207Q00000X",
        22,
        {"office_visit": 60, "preventive_visit": 14, "laboratory": 12, "vaccine": 10, "drug": 4},
    ),
    Specialty(
        "internal medicine",
        "207R00000X",
        14,
        {"office_visit": 55, "hospital_visit": 22, "laboratory": 15, "vaccine": 5, "preventive_visit": 3},
    ),
    Specialty(
        "pediatrics",
        "208000000X",
        7,
        {"office_visit": 55, "preventive_visit": 30, "vaccine": 12, "laboratory": 3},
    ),
    Specialty("emergency medicine", "207P00000X", 6, {"emergency_visit": 85, "surgery": 15}),
    Specialty("cardiology", "207RC0000X", 7, {"cardiology": 55, "office_visit": 35, "hospital_visit": 10}),
    Specialty("orthopedic surgery", "207X00000X", 7, {"office_visit": 45, "surgery": 30, "imaging": 25}),
    Specialty("general surgery", "208600000X", 5, {"surgery": 65, "office_visit": 30, "hospital_visit": 5}),
    Specialty("gastroenterology", "207RG0100X", 5, {"endoscopy": 60, "office_visit": 40}),
    Specialty("diagnostic radiology", "2085R0202X", 7, {"imaging": 100}),
    Specialty("psychiatry", "2084P0800X", 6, {"psychiatry": 75, "office_visit": 25}),
    Specialty("physical therapy", "225100000X", 6, {"therapy": 100}),
    Specialty("ophthalmology", "207W00000X", 4, {"ophthalmology": 90, "office_visit": 10}),
    Specialty("hematology oncology", "207RH0003X", 3, {"drug": 60, "office_visit": 40}),
    Specialty("general dentistry", "1223G0001X", 4, {"dental": 100}),
    Specialty(
        "hospital",
        "282N00000X",
        4,
        {"emergency_visit": 15, "laboratory": 30, "imaging": 25, "surgery": 15, "drug": 15},
    ),
)
DENTIST = next(i for i, s in enumerate(SPECIALTIES) if s.label == "general dentistry")
HOSPITAL = next(i for i, s in enumerate(SPECIALTIES) if s.label == "hospital")


def mix_matrix() -> npt.NDArray[np.float64]:
    """Return the family weights, specialty x family, unnormalised."""
    matrix = np.zeros((len(SPECIALTIES), len(FAMILIES)))
    for row, specialty in enumerate(SPECIALTIES):
        for family, weight in specialty.mix.items():
            matrix[row, FAMILY_INDEX[family]] = weight
    return matrix
