"""837 files from canonical claims: professional, institutional and dental."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from processors.x12.guides import ClaimType
from processors.x12.writers.claim import write_claim
from processors.x12.writers.identity import Identity, read_identity
from processors.x12.writers.interchange import Address, OutGroup, OutSegment, render
from processors.x12.writers.levels import write_billing, write_patient, write_subscriber

GUIDES: dict[ClaimType, str] = {
    "professional": "005010X222A1", "institutional": "005010X223A2", "dental": "005010X224A2",
}  # fmt: skip
MAX_CLAIMS = 5_000
"""Claims in one transaction set, as the guides recommend."""

Event = Mapping[str, Any]


@dataclass(slots=True)
class _Set:
    """One transaction set in the making: segments, and the levels that are open."""

    segments: list[OutSegment] = field(default_factory=list)
    levels: int = 0
    provider: tuple[int, str] = (0, "")
    subscriber: tuple[int, str] = (0, "")

    def open_level(self, code: str, parent: int, *, has_children: bool) -> int:
        self.levels += 1
        self.segments.append(["HL", str(self.levels), str(parent) if parent else "", code, str(int(has_children))])
        return self.levels


def write_claims(
    claims: Iterable[tuple[Event, Mapping[str, Any]]], address: Address, at: datetime, control: int = 1
) -> Iterator[bytes]:
    """Write claims as interchanges of at most MAX_CLAIMS claims each.

    Reading them back gives the same fields of claims.submitted, save lineage and time of submission.

    Args:
        claims: Events of claims.submitted, each with its opened phi.
        address: Submitter and receiver.
        at: Instant of writing, UTC.
        control: ISA13 of the first interchange.

    Yields:
        Interchanges.

    Raises:
        BadInputError: A claim has no identifying data to write.
    """
    remaining = iter(claims)
    while batch := list(islice(remaining, MAX_CLAIMS)):
        groups = []
        for claim_type, guide in GUIDES.items():
            chosen = [one for one in batch if one[0]["claim_type"] == claim_type]
            if chosen:
                sets = [_write_set(chosen, address, at, f"{control:09d}")]
                groups.append(OutGroup("HC", guide, "837", sets))
        yield render(address, groups, at, control, ())
        control += 1


def _write_set(
    claims: list[tuple[Event, Mapping[str, Any]]], address: Address, at: datetime, reference: str
) -> list[OutSegment]:
    made = _Set()
    made.segments += [
        ["BHT", "0019", "00", reference, f"{at:%Y%m%d}", f"{at:%H%M}", "CH"],
        ["NM1", "41", "2", address.sender, "", "", "", "", "46", address.sender],
        ["PER", "IC", address.sender, "TE", "0000000000"],
        ["NM1", "40", "2", address.receiver, "", "", "", "", "46", address.receiver],
    ]
    for event, phi in claims:
        identity = read_identity(event, phi)
        _write_levels(made, event, identity)
        made.segments += write_claim(event, identity)
    return made.segments


def _write_levels(made: _Set, event: Event, identity: Identity) -> None:
    """Write the levels that differ from those of the claim before."""
    billing = list(write_billing(event, identity))
    if made.provider[1] != repr(billing):
        made.provider = made.open_level("20", 0, has_children=True), repr(billing)
        made.segments += billing
        made.subscriber = (0, "")
    subscriber = list(write_subscriber(event, identity))
    if identity.patient is not None or made.subscriber[1] != repr(subscriber):
        number = made.open_level("22", made.provider[0], has_children=identity.patient is not None)
        made.subscriber = (number, repr(subscriber))
        made.segments += subscriber
    if identity.patient is not None:
        made.open_level("23", made.subscriber[0], has_children=False)
        made.segments += write_patient(event, identity)
        made.subscriber = (0, "")
