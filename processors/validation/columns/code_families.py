"""Families of procedure codes by code range, as facts that the published tables do not say in a column.

Sources: the sections of CPT and HCPCS level II, the Medicare Claims Processing Manual (chapters 5, 12, 13, 15, 16,
18), and the Medicare list of therapy codes. Codes only, no descriptions.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from processors.validation.columns.definition import Integers
from processors.validation.columns.flags import Bits, Flags
from processors.validation.columns.forms import PROCEDURE, expand

FAMILIES: dict[str, str] = {
    # Visits (evaluation and management)
    "new_office_visit": "99202-99205",
    "established_office_visit": "99211-99215",
    "hospital_visit": "99221-99223 99231-99236 99238-99239",
    "initial_facility_visit": "99221-99223 99304-99306 99234-99236",
    "emergency_visit": "99281-99285",
    "nursing_visit": "99304-99310 99315-99316",
    "home_visit": "99341-99345 99347-99350",
    "new_visit": "99202-99205 99341-99345 99381-99387 92002 92004",
    "established_visit": "99211-99215 99347-99350 99391-99397 92012 92014",
    "visit": (
        "99202-99205 99211-99215 99221-99223 99231-99236 99238-99239 99242-99245 99252-99255 99281-99285 99291 "
        "99304-99310 99315-99316 99341-99345 99347-99350 99381-99387 99391-99397 92002 92004 92012 92014 "
        "99460-99463 99468-99469 99471-99472 99475-99480 G0402 G0438-G0439 G0463"
    ),
    # Anesthesia: 01953 is counted by area, 01996 by day
    "anesthesia": "00100-01999",
    "timed_anesthesia": "00100-01952 01958-01992 01999",
    # Laboratory
    "laboratory": "80047-89398 0001U-0599U 0001M-0020M G0103 G0123-G0124 G0141-G0148 G0306-G0307 G0328 G0480-G0483",
    "clia_test": "80047-80076 80143-80377 81000-81099 82009-84999 85004-85999 86000-86849 87003-87999 88104-88399",
    "clia_exempt": "81050 82075 83013-83014 83987 85013 86077-86079 86485-86580 86910-86960 88240-88241 88304-88305",
    "venipuncture": "36415-36416",
    # Imaging of the breast
    "screening_mammogram": "77067",
    "diagnostic_mammogram": "77065-77066",
    "tomography": "70450-70498 71250-71275 72125-72133 72191-72194 73200-73206 73700-73706 74150-74178 74261-74263",
    "resonance": (
        "70336 70540-70559 71550-71555 72141-72159 72195-72198 73218-73225 73718-73725 74181-74185 77046-77049"
    ),
    # Drugs, vaccines and how they are given
    "drug": "J0120-J9998 Q0138-Q0139 Q2009 Q2017 Q2043 Q2049-Q2050 Q4081 Q5101-Q5150",
    "unlisted_drug": "J3490 J3590 J8499 J8999 J9999 C9399",
    "vaccine": "90476-90756 91304-91323 Q2034-Q2039",
    "vaccine_administration": "90460 90471 90473 90480 G0008-G0010",
    "initial_infusion": "96360 96365 96374 96409 96413",
    # Therapy: codes that are always therapy, those billed by 15 minutes, and the evaluations of each discipline
    "therapy": (
        "92507-92508 92521-92524 92526 92597 92605-92609 97012 97016 97018 97022 97024 97026 97028 97032-97036 97039 "
        "97110 97112-97113 97116 97124 97139-97140 97150 97161-97168 97530 97533 97535 97537 97542 97750 97755 "
        "97760-97761 97763 G0281 G0283 G0329"
    ),
    "timed_therapy": (
        "97032-97036 97110 97112-97113 97116 97124 97140 97530 97533 97535 97537 97542 97750 97755 97760-97761 97763"
    ),
    "physical_evaluation": "97161-97164",
    "occupational_evaluation": "97165-97168",
    "speech_evaluation": "92521-92524",
    "chiropractic": "98940-98942",
    # Ambulance
    "ambulance_transport": "A0426-A0434",
    "ambulance_mileage": "A0425 A0435-A0436",
    # Where a modifier names the place on the body
    "finger": "26055 26060 26080 26140 26160 26262 26432-26433 26440 26720-26785 26910 26951-26952",
    "toe": "28008 28010-28011 28024 28108 28124 28126 28160 28220 28270 28272 28280-28286 28490-28525 28820 28825",
    "eyelid": "67700-67715 67800-67808 67840 67850 67875-67924 67930-67975 15820-15823",
    "coronary": "92920-92921 92924-92925 92928-92929 92933-92934 92937-92938 92941 92943-92944",
    # Codes that say that no code fits; a description has to come with them
    "unlisted": (
        "01999 15999 17999 19499 20999 21089 21299 21499 21899 22899 22999 23929 24999 25999 26989 27299 27599 27899 "
        "28899 29799 29999 30999 31299 31599 31899 32999 33999 36299 37501 37799 38129 38589 38999 39499 39599 40799 "
        "40899 41599 41899 42299 42699 42999 43289 43499 43659 43999 44238 44799 44899 44979 45399 45499 45999 46999 "
        "47379 47399 47579 47999 48999 49329 49659 49999 50549 50949 51999 53899 54699 55559 55899 58578-58579 58679 "
        "58999 59897-59899 60659 60699 64999 66999 67299 67399 67599 67999 68399 68899 69399 69799 69949 69979 "
        "76496-76499 76999 77299 77399 77499 77799 78099 78199 78299 78399 78499 78599 78699 78799 78999 79999 81099 "
        "81479 81599 84999 85999 86486 86849 86999 87797 87899 87999 88099 88199 88299 88399 88749 89240 89398 90399 "
        "90749 90899 90999 91299 92499 92700 93799 93998 94799 95199 95999 96379 96549 96999 97039 97139 97799 99199 "
        "99429 99499 99600 A0999 A4649 A9699 A9999 B9998-B9999 E1399 J3490 J3590 J8499 J8999 J9999 K0108 L0999 L1499 "
        "L2999 L3649 L3999 L5999 L7499 L8039 L8499 L8699 P9603 V2799 V5299"
    ),
    "performance_measure": "0001F-9009F",
    # Dental
    "dental": "D0000-D9999",
    "dental_image_series": "D0210",
    "dental_image_part": "D0220-D0230 D0270-D0277",
    "periodic_evaluation": "D0120 D0140 D0145 D0150 D0160 D0180",
    "adult_cleaning": "D1110",
    "child_cleaning": "D1120",
    "deep_cleaning": "D4341-D4342 D4346 D4355 D4910",
}
"""Codes of every family."""

CODE_BITS = Bits(tuple(FAMILIES))
"""The bit of each family."""


@cache
def families_of_codes() -> Integers:
    """Return, for every number of a procedure code (`forms.PROCEDURE`), the bits of its families."""
    members = ((name, PROCEDURE.numbers_of(expand(codes))) for name, codes in FAMILIES.items())
    return CODE_BITS.table(PROCEDURE.size, members)


@cache
def formed_codes() -> Flags:
    """Return, for every number of a procedure code, whether CPT and HCPCS have codes of this form at all."""
    formed = np.zeros(PROCEDURE.size + 1, dtype=bool)
    for first, last in (*((digit, end) for digit in "0123456789" for end in "0123456789AFMTU"), *_LEVEL_TWO_ENDS):
        start = PROCEDURE.number(f"{first}000{last}")
        formed[start : start + 1000 * _STEP : _STEP] = True
    return formed


_STEP = 36
"""Numbers between two codes that differ in their fourth place."""

_LEVEL_TWO_ENDS = tuple((letter, digit) for letter in "ABCDEFGHJKLMPQRSTUV" for digit in "0123456789")

LIMITS: tuple[tuple[str, str | None, int, int], ...] = (
    ("99381 99391", None, 0, 0),
    ("99382 99392", None, 1, 4),
    ("99383 99393", None, 5, 11),
    ("99384 99394", None, 12, 17),
    ("99385 99395", None, 18, 39),
    ("99386 99396", None, 40, 64),
    ("99387 99397", None, 65, 999),
    ("99460-99463 99468-99469 99477", None, 0, 0),
    ("99471-99472", None, 0, 2),
    ("99475-99476", None, 2, 5),
    ("90460-90461", None, 0, 18),
    ("54000-54692 55000-55899 84152-84154 G0102-G0103", "M", 0, 999),
    ("56405-58999 88141-88175 G0101 G0123-G0124 G0141-G0148 Q0091 76830 76856-76857 77067", "F", 0, 999),
    ("59000-59899 76801-76828", "F", 8, 65),
)
"""Sex and ages in years (first and last) that codes are limited to, by the definition of the code."""
