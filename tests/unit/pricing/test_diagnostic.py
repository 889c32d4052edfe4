"""Imaging, cardiovascular, ophthalmology and therapy: worked by hand at 33.4009 dollars a unit, indices 1.000."""

from __future__ import annotations

from tests.unit.pricing.build_ups import amounts, build_up, line, status


def test_the_second_image_of_a_session_is_paid_95_percent_of_reading_and_half_of_taking() -> None:
    # 74177: 26 2.51 * 33.4009 = 83.84, TC 6.48 * 33.4009 = 216.44, in full 300.28.
    # 72125: 26 1.39 * 33.4009 = 46.43 * .95 = 44.11; TC 2.52 * 33.4009 = 84.17 * .5 = 42.09 (42.085 up); 86.20.
    both = (line("74177"), line("72125"))
    assert amounts(*both) == [30028, 8620]
    assert build_up(*both) == [
        ("professional_fee", None, 4643),
        ("multiple_imaging", 9500, 4411),
        ("technical_fee", None, 8417),
        ("multiple_imaging", 5000, 4209),
        ("parts_together", None, 8620),
    ]


def test_an_image_of_another_session_is_paid_in_full() -> None:
    # 72125 as a whole: (0.98 + 2.86 + 0.07) * 33.4009 = 130.60.
    for modifier in ("59", "XE"):
        assert amounts(line("74177"), line("72125", modifier))[1] == 13060


def test_images_of_other_days_providers_and_claims_are_not_ranked_together() -> None:
    for other in ({"provider": "another"}, {"claim": "another"}):
        assert amounts(line("74177"), line("72125", **other))[1] == 13060


def test_imaging_is_reduced_first_and_capped_then() -> None:
    # 72191 x 2: 26 2.47 * 33.4009 = 82.50, again at .95 78.38 (78.375 up).
    # TC 6.63 * 33.4009 = 221.45, capped at (5.34 + 0.02) * 33.4009 = 179.03; again at .5 110.73, below the cap.
    assert build_up(line("72191", units=2.0)) == [
        ("professional_fee", None, 8250),
        ("professional_fee", None, 8250),
        ("multiple_imaging", 9500, 7838),
        ("technical_fee", None, 22145),
        ("outpatient_cap", None, 17903),
        ("technical_fee", None, 22145),
        ("multiple_imaging", 5000, 11073),
        ("parts_together", None, 45064),
    ]


def test_reading_and_taking_are_ranked_apart() -> None:
    # One provider reads one image and takes another: each is the dearest of its kind.
    assert amounts(line("74177", "TC"), line("72125", "26")) == [21644, 4643]
    # Of two readings the cheaper one is paid 95 percent: 46.43 * .95 = 44.11.
    assert amounts(line("72125", "26"), line("74177", "26")) == [4411, 8384]


def test_one_technical_component_among_readings_is_no_second_test() -> None:
    # 93306 as a whole 5.89 * 33.4009 = 196.73, read apart from 93880.
    assert build_up(line("93880", "26"), line("93306")) == [("fee", None, 19673)]


def test_further_cardiovascular_tests_are_taken_at_three_quarters_and_read_in_full() -> None:
    # 93306: TC 3.87 * 33.4009 = 129.26 in full. 93000 is 93005 (0.21, 7.01 * .75 = 5.26) and the rest (0.25, 8.35).
    assert build_up(line("93306"), line("93000")) == [
        ("professional_fee", None, 835),
        ("technical_fee", None, 701),
        ("multiple_cardiovascular", 7500, 526),
        ("parts_together", None, 1361),
    ]


def test_a_whole_test_whose_parts_are_not_on_the_schedule_has_no_price_where_it_would_be_reduced() -> None:
    # The starter schedule has 93015 without 93017.
    assert status(line("93015")) == "priced"
    assert status(line("93306"), line("93015")) == "related_code_not_on_schedule"


def test_further_eye_tests_are_taken_at_four_fifths() -> None:
    # 92133: 26 0.49 * 33.4009 = 16.37; TC 0.43 * 33.4009 = 14.36 * .8 = 11.49; 27.86. 92083 in full: 26.39 + 37.41.
    assert amounts(line("92133"), line("92083")) == [2786, 6380]


def test_film_reduces_the_technical_part_alone() -> None:
    # 71046: 26 0.30 * 33.4009 = 10.02; TC 0.69 * 33.4009 = 23.05 * .8 = 18.44; 28.46.
    assert build_up(line("71046", "FX")) == [
        ("professional_fee", None, 1002),
        ("technical_fee", None, 2305),
        ("modifier_FX", 8000, 1844),
        ("parts_together", None, 2846),
    ]
    assert build_up(line("71046", "TC", "FY")) == [("fee", None, 2305), ("modifier_FY", 9000, 2075)]
    # 70450 TC 2.01 * 33.4009 = 67.14 * .85 = 57.07
    assert amounts(line("70450", "TC", "CT")) == [5707]
    assert status(line("71046", "26", "FX")) == "modifier_not_applicable"
    assert status(line("99213", "FX")) == "modifier_not_applicable"


def test_one_therapy_unit_of_a_day_is_paid_in_full_and_the_others_with_half_their_practice_expense() -> None:
    # 97110: 0.87 * 33.4009 = 29.06; with half of 0.41: 0.665 * 33.4009 = 22.21. 97140: 0.635 * 33.4009 = 21.21.
    lines = (line("97140"), line("97110", units=3.0))
    assert amounts(*lines) == [2121, 2906 + 2 * 2221]
    assert build_up(*lines) == [
        ("fee", None, 2906),
        ("fee", None, 2906),
        ("therapy_reduced_fee", None, 2221),
        ("units", 20000, 4442),
        ("parts_together", None, 7348),
    ]


def test_a_single_therapy_unit_is_paid_in_full() -> None:
    assert build_up(line("97110")) == [("fee", None, 2906)]
