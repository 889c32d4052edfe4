"""Plain stretches read by compiled code give what the segment-by-segment reader gives, on sound and damaged files."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processors.x12.compiled.batch import ClaimBatch
from processors.x12.compiled.frame import single_claims
from processors.x12.reader import read_batches
from schemas.codec.dtypes import frame_schema
from schemas.codec.rows import frame_of_records
from schemas.contracts import CLAIMS_SUBMITTED
from streams.intake import BatchEvents
from tests.shared_data import shared
from tests.unit.x12.both_ways import DAMAGE, damaged, same
from tests.unit.x12.reading import EXAMPLE, INTAKE, PROVIDER, subscriber, x12

ODD_SEGMENTS = [
    "NTE*ADD*FREE TEXT", "LIN**N4*00409012345", "CTP****2*UN", "NM1*82*1*ZZDOC*JO****XX*1999000023",
    "SVD*CSCOM09*50*HC:99213**1", "REF*G1*ZZAUTH", "REF*6R*ZZL:1", "REF*6R*ZZL1*", "DTP*472*D8*20261340",
    "DTP*573*D8*20260910", "ZZZ*1", "AMT*T*5", "K3*X", "SV1*HC:99214*1*UN*1***1", "HI*ABK:E119", "SBR*S*18", "QTY*PT*2",
]  # fmt: skip
HEAD_SEGMENTS = [
    "DTP*431*D8*20260901", "DTP*434*RD8*20260901-20260910", "DTP*435*DT*202609010930", "DTP*999*D8*1", "REF*F8*ICN7",
    "REF*G1*ZZAUTH1", "REF*EA*ZZMR1", "AMT*F5*12.5", "AMT*F5*X", "CL1*1*1*01", "NTE*ADD*ZZ NOTE: FEVER",
    "HI*BE:A2:::15.31*BG:09", "HI*BH:11:D8:20260901", "HI*ABF:I10*ABN:W19", "HI*ABK", "PWK*OZ*BM***AC*ZZC",
    "NM1*DN*1*ZZREF*A****XX*1999000031",
    "PRV*PE*PXC*207Q00000X", "N3*2 MAIN", "SBR*S*18*ZZG2******MB", "CAS*CO*45*10", "AMT*D*60", "OI***Y***Y",
    "NM1*PR*2*ZZMCR*****PI*CSMCR", "K3*ZZ", "CN1*02", "PAT*01",
]  # fmt: skip


@st.composite
def levels(draw: st.DrawFn) -> list[str]:
    """Draw the levels of a set: subscribers and dependents, most of their claims plain."""
    found = list(PROVIDER)
    number = 1
    for at in range(draw(st.integers(1, 6))):
        number += 1
        has_dependent = draw(st.booleans()) and draw(st.booleans())
        level = subscriber(number, f"ZZMEM{at}", relationship="" if has_dependent else "18")
        if draw(st.integers(0, 9)) == 0:
            level.insert(
                draw(st.integers(1, len(level))), draw(st.sampled_from(["REF*SY*ZZ1", "PER*IC*A", "PAT*19", "N2*X"]))
            )
        found += level
        parent = number
        if has_dependent:
            number += 1
            found += [f"HL*{number}*{parent}*23*0", "PAT*19", f"NM1*QC*1*ZZKID*B{at}", "DMG*D8*20150101*M"]
        for turn in range(draw(st.integers(0, 3))):
            found += draw(claims(f"ZZA{at}N{turn}"))
    return found


@st.composite
def claims(draw: st.DrawFn, account: str) -> list[str]:
    """Draw the segments of one claim."""
    found = [
        f"CLM*{account}*{draw(st.sampled_from(['100', '20.5', '0', 'X']))}***11:B:1*Y*A*Y*Y",
        "HI*ABK:E119*ABF:I10",
    ]
    found += draw(st.lists(st.sampled_from(HEAD_SEGMENTS), max_size=2))
    found += draw(st.sampled_from([[], ["NM1*82*1*ZZDOC*JO****XX*1999000023", "PRV*PE*PXC*207Q00000X"]]))
    for line in range(1, draw(st.integers(1, 4)) + 1):
        service = draw(st.sampled_from([
            "SV1*HC:99213:25*100*UN*1***1:2", "SV1*HC:99213*20.5*UN*1.5*11**1**Y", "SV1*HC:J1100*3*UN*2",
            "SV1*HC:99213:25::::ZZ WORDS*1*UN*1", "SV1*HC:99213*1", "SV2*0300*HC:99213*1*UN*1",
        ]))  # fmt: skip
        found += [
            f"LX*{line}",
            service,
            draw(st.sampled_from(["DTP*472*D8*20260910", "DTP*472*RD8*20260910-20260912"])),
        ]
        found += draw(st.lists(st.sampled_from(["REF*6R*ZZL1", "REF*F4*X", "AMT*T*5"]), max_size=2))
        if draw(st.integers(0, 14)) == 0:
            found.append(draw(st.sampled_from(ODD_SEGMENTS)))
    return found


@settings(max_examples=150, deadline=None)
@given(levels(), st.sampled_from(["~\n", "~", "~\r\n", "\n"]))
def test_a_set_of_plain_and_odd_claims_reads_the_same_both_ways(body: list[str], terminator: str) -> None:
    same(x12(*body, terminator=terminator))


@settings(max_examples=250, deadline=None)
@given(levels(), st.lists(DAMAGE, min_size=1, max_size=3))
@example(PROVIDER + subscriber(2), [(0.5, "cut", b"")])
def test_a_damaged_set_reads_the_same_both_ways(body: list[str], damage: list[tuple[float, str, bytes]]) -> None:
    same(damaged(x12(*body), damage))


@settings(max_examples=60, deadline=None)
@given(levels(), st.data())
def test_a_set_with_segments_lost_doubled_or_moved_reads_the_same_both_ways(
    body: list[str], data: st.DataObject
) -> None:
    at, to = (data.draw(st.integers(0, len(body) - 1)) for _ in range(2))
    moved = [*body[:at], *body[at + 1 :]]
    moved[to:to] = body[at : at + data.draw(st.integers(0, 2))]
    same(x12(*moved))


def test_plain_claims_are_read_in_batches() -> None:
    body = [*PROVIDER]
    for number in range(40):
        body += [*subscriber(number + 2, f"ZZM{number}"), f"CLM*ZZA{number}*400***11:B:1*Y*A*Y*Y", "HI*ABK:E119"]
        body += ["LX*1", "SV1*HC:99213*400*UN*1***1", "DTP*472*D8*20260910", "REF*6R*ZZL1"]
    assert same(x12(*body)) == (40, 40)
    _, batched = same(EXAMPLE)
    assert batched


@pytest.mark.parametrize("folder", ["imsweb", "stupidedi", "linuxforhealth", "tastypackets", "pyx12", "edi-835-parser"])
def test_published_samples_read_the_same_both_ways(folder: str) -> None:
    for file in sorted(shared(f"x12/{folder}").iterdir()):
        same(file)


@settings(max_examples=40, deadline=None)
@given(levels(), st.integers(0, 5))
def test_a_batch_and_its_parts_are_the_same_frame_as_its_claims(body: list[str], cut: int) -> None:
    for batch in read_batches(x12(*body), INTAKE, 0):
        if isinstance(batch, ClaimBatch):
            at = min(cut, len(batch))
            for part in (batch, batch.part(0, at), batch.part(at, len(batch))):
                events = [claim.event for claim in single_claims(part)]
                expected = pl.DataFrame(events, schema=frame_schema(CLAIMS_SUBMITTED.schema))
                assert BatchEvents(part).frame().equals(expected)
                assert frame_of_records(events, CLAIMS_SUBMITTED).equals(expected)
                assert part.keys == [claim.key for claim in single_claims(part)]
