"""What is known of refused sets before reading is what their 999 says after it; nothing of them is published."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimstream.intake.reading import FileReader
from processors.x12 import X12Problem
from processors.x12.reader import read_file
from processors.x12.refused import RefusedSets
from processors.x12.verdicts import judge_file
from schemas.phi import Sealer
from streams.intake import single_events
from tests.shared_data import shared
from tests.unit.x12.both_ways import DAMAGE
from tests.unit.x12.reading import INTAKE, KEYRING, PROVIDER, subscriber, x12
from tests.unit.x12.test_compiled import levels

CLAIM = ["CLM*ZZA1*100***11:B:1*Y*A*Y*Y", "HI*ABK:E119", "LX*1", "SV1*HC:99213*100*UN*1***1", "DTP*472*D8*20260910"]


def agree(raw: bytes) -> None:
    """Compare the look ahead with the verdicts."""
    refused = RefusedSets([raw])
    verdicts = judge_file(read_file(raw, INTAKE), Sealer(KEYRING), "acme")
    sets = [one for interchange in verdicts for group in interchange.groups for one in group.sets]
    assert [refused.holds(one.seen.byte_start) for one in sets] == [one.decision == "R" for one in sets]
    assert all(refused.holds(one.seen.byte_end - 1) for one in sets if one.decision == "R")


@settings(max_examples=120, deadline=None)
@given(levels(), st.lists(DAMAGE, max_size=3))
def test_the_look_ahead_refuses_what_the_999_rejects(
    body: list[str], damage: Sequence[tuple[float, str, bytes]]
) -> None:
    raw = x12(*body)
    for place, kind, what in damage:
        at = int(place * len(raw))
        raw = raw[:at] + (b"" if kind == "cut" else what) + raw[at + (kind != "put") :]
    agree(raw)


@pytest.mark.parametrize("folder", ["imsweb", "stupidedi", "linuxforhealth", "tastypackets", "pyx12", "edi-835-parser"])
def test_the_look_ahead_agrees_on_published_samples(folder: str) -> None:
    for file in sorted(shared(f"x12/{folder}").iterdir()):
        agree(file.read_bytes())


@pytest.mark.parametrize(
    ("change", "published"),
    [
        ((b"SE*", b"SE*9"), 0),
        ((b"*0001~\nGE", b"*0002~\nGE"), 0),
        ((b"GE*1*", b"GE*5*"), 1),
        ((b"IEA*1*", b"IEA*4*"), 1),
        ((b"", b""), 1),
    ],
    ids=["count", "control", "group count", "interchange count", "sound"],
)
def test_nothing_of_a_refused_set_is_published(tmp_path: Path, change: tuple[bytes, bytes], published: int) -> None:
    file = tmp_path / "claims.837"
    file.write_bytes(x12(*PROVIDER, *subscriber(2), *CLAIM).replace(*change))
    found = list(FileReader("acme", KEYRING).events(file, "f" * 64))
    events = list(single_events(one for one in found if not isinstance(one, X12Problem)))
    refusals = [one for one in found if isinstance(one, X12Problem) and one.code == "set_refused"]
    assert len(events) == published
    assert [one.claims_affected for one in refusals] == ([] if published else [1])
    salvaged = list(FileReader("acme", KEYRING, salvages=True).events(file, "f" * 64))
    assert sum(not isinstance(one, X12Problem) for one in salvaged) == 1


def test_a_set_with_its_number_used_twice_is_refused_and_the_first_is_not() -> None:
    one = x12(*PROVIDER, *subscriber(2), *CLAIM)
    start, end = one.index(b"ST*"), one.index(b"GE*")
    raw = one[:end] + one[start:end] + one[end:]
    refused = RefusedSets([raw])
    assert not refused.holds(start)
    assert refused.holds(end)
    agree(raw)
