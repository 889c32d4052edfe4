"""The corpus and what hypothesis makes of it: cut, spliced, flipped, repeated; FUZZ_EXAMPLES says for how long.

An input that finds something is kept under tests/fuzz/corpus and read again in every run.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.seeds import CORPUS
from tests.fuzz.targets import targets

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))
INPUTS = {folder.name: sorted(folder.glob("*.bin")) for folder in sorted(CORPUS.iterdir())}
TARGETS = targets({name: paths[0].read_bytes() for name, paths in INPUTS.items()})
MOST_BYTES = 4_000

Change = tuple[str, int, int, bytes]


@pytest.mark.parametrize(
    "path", [path for paths in INPUTS.values() for path in paths], ids=lambda p: f"{p.parent.name}/{p.stem}"
)
def test_every_input_of_the_corpus_is_answered(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


def test_every_target_has_a_corpus() -> None:
    assert set(TARGETS) == set(INPUTS)


changes = st.lists(
    st.tuples(
        st.sampled_from(("flip", "cut", "insert", "repeat", "splice")),
        st.integers(0, MOST_BYTES),
        st.integers(0, 300),
        st.binary(max_size=12),
    ),
    min_size=1,
    max_size=6,
)


def changed(value: bytes, other: bytes, steps: list[Change]) -> bytes:
    """Return an input after some changes."""
    for kind, at, size, data in steps:
        place = at % (len(value) + 1)
        if kind == "flip":
            value = value[:place] + bytes(b ^ 0x55 for b in value[place : place + 1]) + value[place + 1 :]
        elif kind == "cut":
            value = value[:place] + value[place + size :]
        elif kind == "insert":
            value = value[:place] + data + value[place:]
        elif kind == "repeat":
            value = value[:place] + value[max(0, place - size) : place] + value[place:]
        else:
            value = value[:place] + other[place : place + size] + value[place:]
    return value[:MOST_BYTES]


@pytest.mark.parametrize("name", list(TARGETS))
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), steps=changes)
def test_whatever_becomes_of_an_input_it_is_answered(name: str, data: st.DataObject, steps: list[Change]) -> None:
    paths = INPUTS[name]
    first, second = (data.draw(st.sampled_from(paths)).read_bytes() for _ in range(2))
    made = changed(first, second, steps)
    try:
        TARGETS[name](made)
    except Exception:
        keep(name, made)
        raise


def keep(name: str, value: bytes) -> None:
    """Put an input that found something into the corpus, where a longer run asks for it."""
    if "FUZZ_EXAMPLES" in os.environ:
        (CORPUS / name / f"found-{hashlib.sha256(value).hexdigest()[:12]}.bin").write_bytes(value)
