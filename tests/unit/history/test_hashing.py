"""Stored hashes of texts: of a column, of several columns, and of columns with bars between them."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from processors.history.hashing import element_words, joined_hash, text_hash, text_hashes, text_words

_TEXTS = st.none() | st.sampled_from(["", "a", "seven77", "eight888", "nine99999", "äöü", "x" * 1021, "y" * 2_000])


@given(st.lists(st.tuples(_TEXTS, _TEXTS)), st.integers(0, 3))
def test_a_joined_hash_is_that_of_the_joined_text(rows: list[tuple[str | None, str | None]], first: int) -> None:
    frame = pl.DataFrame(rows, schema={"a": pl.String, "b": pl.String}, orient="row")[first:]
    joined = frame.select(pl.concat_str("a", "b", separator="|", ignore_nulls=True)).to_series()
    assert joined_hash(frame).tolist() == text_hash(joined).tolist()


@given(st.lists(st.tuples(_TEXTS, _TEXTS)))
def test_columns_are_hashed_together_as_alone(rows: list[tuple[str | None, str | None]]) -> None:
    frame = pl.DataFrame(rows, schema={"a": pl.String, "b": pl.String}, orient="row")
    for name, hashes in text_hashes(frame).items():
        assert hashes.tolist() == text_hash(frame[name]).tolist()


def test_words_of_elements_are_those_of_the_texts() -> None:
    lists = pl.Series([["25", "GP"], None, [], ["LT", None]], dtype=pl.List(pl.String))
    assert element_words(lists).tolist() == text_words(pl.Series(["25", "GP", "LT", None]))[:, 0].tolist()
