"""Procedure families and modifier bits."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from processors.features.coded import Coded, look_up_pairs
from processors.features.encoders import Encoders, Lookup
from processors.features.families import with_family
from processors.features.modifiers import REPEAT, SEPARATE_VISIT, modifier_bits
from processors.lent import list_shapes
from processors.procedure_families import family_of


@pytest.mark.parametrize(
    ("code", "family"),
    [
        ("99213", "office_visit"),
        ("27447", "surgery"),
        ("36415", "laboratory"),
        ("36417", "surgery"),
        ("70450", "imaging"),
        ("97110", "therapy"),
        ("D1110", "dental"),
        ("J0696", "drug"),
        ("G0008", "vaccine"),
        ("G0439", "other"),
        ("00100", "anesthesia"),
        ("99999", "other"),
        ("0001F", "other"),
        ("", "other"),
        ("٣٤٥٦٧", "other"),
    ],
)
def test_codes_fall_into_their_section(code: str, family: str) -> None:
    assert family_of(code) == family


def test_a_line_without_a_code_has_no_family() -> None:
    lines = pl.DataFrame({"procedure_code": ["99213", None, "99213"]})
    assert with_family(lines)["family"].to_list() == ["office_visit", None, "office_visit"]


def test_modifiers_become_bits_in_line_order() -> None:
    column = pl.Series([["25", "76"], [], None, ["ZZ"], ["59"]], dtype=pl.List(pl.String))
    bits = modifier_bits(column, list_shapes(column.to_frame("modifiers"))["modifiers"])
    assert bits.tolist() == [SEPARATE_VISIT | REPEAT, 0, 0, 0, REPEAT]


def test_coding_keeps_values_and_nulls() -> None:
    coded = Coded.of(pl.Series(["a", None, "b", "a"]))
    again = [*coded.values, None]
    assert [again[number] for number in coded.index] == ["a", None, "b", "a"]


def test_pairs_are_looked_up_and_a_pair_with_null_is_missing() -> None:
    first = Coded.of(pl.Series(["a", "a", None, "b", "b"]))
    second = Coded.of(pl.Series(["x", None, "x", "x", "y"]))
    encoders = Encoders({"payer_family_rate": Lookup({"a|x": 0.5, "b|y": 0.25}, 0.1)})
    numbers = look_up_pairs(encoders, "payer_family_rate", first, second)
    np.testing.assert_allclose(numbers, np.array([0.5, np.nan, np.nan, 0.1, 0.25]), rtol=1e-6)
