"""Segments without an id or cut down to a few elements: every reader, answer and writer takes them."""

import pytest

from processors.x12 import ParsedClaim, X12Problem
from processors.x12.verdicts import judge_file
from processors.x12.writers.claim_acks import write_claim_acks
from processors.x12.writers.claims837 import write_claims
from processors.x12.writers.interchange import Address
from processors.x12.writers.set_acks import write_set_acks
from tests.unit.x12.reading import EXAMPLE, NOW, SEALER, claim_payment, opened, payment, results
from tests.unit.x12.test_acks import CLAIM_ACK, SET_ACK

REMIT = payment("70", "LX*1", "TS3*1*11", *claim_payment(), "MOA***MA01", "PLB*1*20261231*WO:A*10")
FILES = {"837": EXAMPLE.read_bytes()[:6000], "835": REMIT, "277": CLAIM_ACK, "999": SET_ACK}


def answer(raw: bytes) -> None:
    """Read a file, and write what answers it and its claims."""
    found = results(raw)
    assert found
    assert "ZZ" not in repr([one for one in found if isinstance(one, X12Problem)])
    for verdict in judge_file(found, SEALER, "acme"):
        write_set_acks(verdict, NOW, 1)
        write_claim_acks(verdict, NOW, 2)
    claims = [(one.event, opened(one)) for one in found if isinstance(one, ParsedClaim)]
    list(write_claims(claims, Address("ME", "YOU"), NOW))


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("elements", [1, 2, 3])
def test_short_segments_are_answered(kind: str, elements: int) -> None:
    segments = FILES[kind].split(b"~")
    for at in range(1, len(segments) - 1):
        short = b"*".join(segments[at].split(b"*")[:elements])
        answer(b"~".join([*segments[:at], short, *segments[at + 1 :]]))


@pytest.mark.parametrize("kind", FILES)
def test_segments_without_an_id_are_answered(kind: str) -> None:
    segments = FILES[kind].split(b"~")
    for at in range(1, len(segments) - 1):
        nameless = b"*".join([b"", *segments[at].split(b"*")[1:]])
        answer(b"~".join([*segments[:at], nameless, *segments[at + 1 :]]))
