"""A folder as a clearinghouse drops it: claims, the acknowledgements of them and a remittance, one file each."""

from __future__ import annotations

from pathlib import Path

from tests.unit.x12.reading import EXAMPLE, claim_payment, payment
from tests.unit.x12.test_acks import CLAIM_ACK, SET_ACK

PAYMENTS = 2_100
"""Claim payments of the remittance: more than a chunk."""


def a_folder(place: Path) -> Path:
    """Make a folder that holds claims, both acknowledgements of them and a remittance of two chunks."""
    place.mkdir()
    paid = [part for at in range(PAYMENTS) for part in claim_payment(f"ZZACCT{at}", icn=f"ICN{at}")]
    (place / "a-claims.x12").write_bytes(EXAMPLE.read_bytes())
    (place / "b-999.x12").write_bytes(SET_ACK)
    (place / "c-277ca.x12").write_bytes(CLAIM_ACK)
    (place / "d-835.x12").write_bytes(payment(str(80 * PAYMENTS), "LX*1", *paid))
    return place
