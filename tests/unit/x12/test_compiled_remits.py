"""Claim payments read by compiled code are what the segment-by-segment reader gives, on sound and damaged files."""

from __future__ import annotations

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processors.x12.compiled.remits.batch import RemitBatch
from processors.x12.compiled.remits.frame import single_remits
from processors.x12.reader import read_batches
from schemas.codec.dtypes import frame_schema
from schemas.contracts import REMITS_RECEIVED
from streams.intake import BatchEvents
from tests.unit.x12.both_ways import DAMAGE, damaged, same
from tests.unit.x12.reading import INTAKE, claim_payment, payment

ABOVE = [
    "CAS*CO*45*20", "CAS*PR*1*21.89**2*15.11*3", "CAS*PR*3*5", "CAS*OA*23*-7*2.5*94*1", "CAS**45*1", "CAS*CO*45*X",
    "CAS*CO***1*45*3",
    "NM1*IL*1*ZZSUB*B****MI*ZZM", "NM1*74*1***C", "NM1*82*1*ZZDOC*JO****XX*1999000023", "NM1*82*1*ZZD****FI*1",
    "NM1*TT*2*ZZPAYER*****PI*CSMCR", "NM1*PR*2*X*****PI*CS?", "NM1*PR*2*ZZ OTHER*****PI*CS1", "NM1*GB*1*ZZOTHER*A:B",
    "NM1*QC*1*ZZTWICE", "MIA*2**1*1000.5*MA07***3*4*5****6*1.5*7****MA01*MA02*N1*N2*8", "MIA*X", "MIA**1",
    "MOA*.5*10*MA01*MA02*?***3", "MOA*X", "MOA***MA130", "DTM*232*20260901", "DTM*233*20260930", "DTM*050*20261001",
    "DTM*036*20261341", "DTM*036*20261301", "DTM*573*1", "DTM*232*20260228 ", "AMT*AU*80", "AMT*AU*X", "AMT*I*3.25",
    "AMT*LONG*1", "AMT*F5", "QTY*CA*2.5", "QTY*CA*2,5", "REF*1L*ZZG:1", "REF*EA*ZZ", "PER*CX*A*TE*8135550100",
    "N1*X", "TS3*1", "K3*ZZ  X", "ZZZ*1", "LQ*HE*N1", "BPR*I", "REF*F8*ZZ*****",
]  # fmt: skip
IN_LINE = [
    "CAS*CO*45*20", "CAS*CO*45*20*1", "CAS*PR*1*0.5**2*1.5*3*3*2", "CAS*PI*1OO*1", "CAS*CO*45*1.555",
    "DTM*472*20260910", "DTM*150*20260910", "DTM*151*20260912", "DTM*472*2026", "DTM*999*1", "REF*6R*ZZL1",
    "REF*6R*ZZL:2 ", "REF*6R* ", "REF*HPI*1999000023", "REF*HPI*?", "REF*LU*1", "REF*LU", "AMT*B6*80", "AMT*B6*8O",
    "AMT*KH*1.2", "QTY*ZK*1", "QTY*ZK", "LQ*HE*N130", "LQ*RX*1", "LQ*HE*?", "LQ*AA*1", "NM1*82*1*A", "MOA***MA130",
    "PER*X", "K3*X", "ZZZ", "SVC*HC:1*1*1",
]  # fmt: skip
SERVICES = [
    "SVC*HC:99213:25*100*80**1", "SVC*HC:99213*100*80", "SVC*NU:0300*20.50*20.5**1.5", "SVC*HC:J1100*3*0*0636*2",
    "SVC*HC:D1:LT:RT:59:GY:ZZ WORDS*1*1**1*HC:D2:25*1", "SVC*HC:1:T?*1*1*?*1*HC*2", "SVC*HC*1*1", "SVC*HC:9**",
    "SVC*HC:9*1*X", "SVC*HC:9*-5*-5**-1", "SVC*HC:9*1*1**1e5", "SVC*AD:D0120*45*45**1**2",
]  # fmt: skip
CLPS = [
    "1*100*80**12*ICN{n}*11*1", "1*100*80*20*MC*ICN{n}", "2*100*80*0*12", "22*-100*-80**12*ICN1",
    "4*100*0*100*HM*I.{n}",
    "1*20.5*20.5**12*ICN1*11*1*01*470*1.2345*.5", "19****12*IC N{n}*?*99", "1*X*80", "1*100*80*2O", "**100", "25*0*0",
    "1*100*80**12*ICN1***1**X", "1*100*80**12*ZZZZZZZZZZZZZZZZZZZZZZZ/{n}*11*1",
]  # fmt: skip
GROUP = ["LX*1", "LX*2", "TS3*1999000015*11*20261231*1*100", "TS2*1", "PLB*1999000015*20261231*WO:ICN1*30*L6*-5.5"]


@st.composite
def payments(draw: st.DrawFn) -> list[str]:
    """Draw what stands below the header of a transaction: claim payments, most of them plain."""
    found = ["LX*1"]
    for at in range(draw(st.integers(0, 7))):
        odd = draw(st.integers(0, 3)) == 0
        clp = draw(st.sampled_from(CLPS if odd else CLPS[:3]))
        account = draw(st.sampled_from([f"ZZA{at}", "ZZA1", " ZZ A ", "ICN1"] if odd else [f"ZZA{at}"]))
        found += [f"CLP*{account}*{clp.format(n=at)}", "NM1*QC*1*ZZCANARY*ANN****MI*ZZMEM1"]
        found += draw(st.lists(st.sampled_from(ABOVE), max_size=2))
        for _ in range(draw(st.integers(0, 3))):
            found.append(draw(st.sampled_from(SERVICES if odd else SERVICES[:5])))
            found += draw(st.lists(st.sampled_from(IN_LINE), max_size=3))
        if draw(st.integers(0, 4)) == 0:
            found += draw(st.lists(st.sampled_from(GROUP), max_size=2))
    if draw(st.integers(0, 3)) == 0:
        found += ["PLB*1999000015*20261231*WO:ICN1*30*CS:ZZA1*1"]
    return found


def plain(count: int) -> list[str]:
    """Return plain claim payments."""
    return [part for at in range(count) for part in claim_payment(f"ZZACCT{at}", icn=f"ICN{at}")]


@settings(max_examples=300, deadline=None)
@given(payments(), st.sampled_from(["~\n", "~", "~\r\n", "\n"]))
def test_a_set_of_plain_and_odd_payments_reads_the_same_both_ways(body: list[str], terminator: str) -> None:
    same(payment("240", *body).replace(b"~\n", terminator.encode()))


@settings(max_examples=250, deadline=None)
@given(payments(), st.lists(DAMAGE, min_size=1, max_size=3))
@example(["LX*1", *plain(3)], [(0.5, "cut", b"")])
def test_a_damaged_set_reads_the_same_both_ways(body: list[str], damage: list[tuple[float, str, bytes]]) -> None:
    same(damaged(payment("240", *body), damage))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 24), st.integers(0, 24), st.integers(0, 2))
def test_segments_lost_doubled_or_moved_read_the_same_both_ways(at: int, to: int, copies: int) -> None:
    body = ["LX*1", *plain(3)]
    moved = [*body[:at], *body[at + 1 :]]
    moved[to:to] = body[at : at + copies]
    same(payment("240", *moved))


def test_plain_payments_are_read_in_batches_across_their_groups() -> None:
    body = ["LX*1", *plain(20), "LX*2", *plain(20), "PLB*1999000015*20261231*WO:ICN7*30"]
    assert same(payment("3170", *body)) == (41, 40)


def test_a_payment_behind_a_reversal_is_a_correction_in_a_batch_too() -> None:
    body = ["LX*1", *plain(3), "CLP*ZZACCT9*22*-100*-100**12*ICN1", "NM1*QC*1*X*Y", *plain(3)]
    found = list(read_batches(payment("380", *body), INTAKE, 0))
    batches = [one for one in found if isinstance(one, RemitBatch)]
    assert [list(one.names.corrections) for one in batches] == [[False] * 3, [False, True, False]]


@settings(max_examples=40, deadline=None)
@given(payments(), st.integers(0, 5))
def test_a_batch_and_its_parts_are_the_same_frame_as_its_payments(body: list[str], cut: int) -> None:
    for batch in read_batches(payment("240", *body), INTAKE, 0):
        if isinstance(batch, RemitBatch):
            at = min(cut, len(batch))
            for part in (batch, batch.part(0, at), batch.part(at, len(batch))):
                events = [one.event for one in single_remits(part)]
                assert (
                    BatchEvents(part).frame().equals(pl.DataFrame(events, schema=frame_schema(REMITS_RECEIVED.schema)))
                )
                assert part.keys == [one.key for one in single_remits(part)]
