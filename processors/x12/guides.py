"""The implementation guides: which transaction sets are read, and what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ClaimType = Literal["professional", "institutional", "dental"]
Kind = Literal["claims", "remits", "claim_acks", "set_acks"]
"""What a transaction set holds: 837, 835, 277CA, or 999 and 997."""

EVERY_KIND: frozenset[Kind] = frozenset(("claims", "remits", "claim_acks", "set_acks"))

CLAIM_GUIDES: dict[str, ClaimType] = {
    "005010X222": "professional", "005010X223": "institutional", "005010X224": "dental",
    "004010X098": "professional", "004010X096": "institutional", "004010X097": "dental",
}  # fmt: skip
"""Claim type by guide; errata (A1, A2, A3) and dialects behind it change nothing the contract carries."""

CLAIM_ACK_GUIDES = frozenset({"005010X214"})
_REMIT_VERSIONS = ("005010", "004010")
_OLD = "004010"
_GUIDE_LENGTH = 10
_NAMES = {
    "835": "a remittance advice (835)",
    "999": "an implementation acknowledgement (999)",
    "997": "a functional acknowledgement (997)",
    "277": "a claim acknowledgement or status answer (277)",
    "276": "a claim status request (276)",
    "270": "an eligibility request (270)",
    "271": "an eligibility answer (271)",
    "834": "an enrolment (834)",
    "820": "a premium payment (820)",
    "278": "a service review (278)",
}
_NOT_PRICED = {
    "005010X291": "a predetermination", "005010X292": "a predetermination", "005010X298": "post-adjudication data",
    "005010X299": "post-adjudication data", "005010X300": "post-adjudication data",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guide:
    """What is known of a transaction set from its ST and GS.

    Attributes:
        version: Guide as the sender named it: ST03, else GS08; may be empty.
        kind: What it holds; null when it is not read.
        claim_type: Type of the claims of an 837 that is read.
        old: Whether it is of 4010, read with the layout of 5010.
        refusal: Problem code, message and remedy when it is not read.
    """

    version: str
    kind: Kind | None = None
    claim_type: ClaimType | None = None
    old: bool = False
    refusal: tuple[str, str, str] | None = None


def choose_guide(set_id: str, set_version: str, group_version: str, wanted: frozenset[Kind]) -> Guide:
    """Decide what a transaction set holds and whether it is read.

    Args:
        set_id: ST01.
        set_version: ST03, or empty.
        group_version: GS08, or empty.
        wanted: What the caller reads.
    """
    version = set_version or group_version
    if set_id == "837":
        return _claims(set_version, group_version)
    found: Kind | None = None
    if set_id == "835" and (not version or version.startswith(_REMIT_VERSIONS)):
        found = "remits"
    elif set_id in ("999", "997"):
        found = "set_acks"
    elif set_id == "277" and version[:_GUIDE_LENGTH] in CLAIM_ACK_GUIDES:
        found = "claim_acks"
    if found in wanted:
        return Guide(version, found, old=version.startswith(_OLD))
    name = _NAMES.get(set_id, "not an 837")
    if wanted == {"claims"}:
        remedy = "Give it to the intake of that kind; claims are 837 files."
        return Guide(version, refusal=("not_claims", f"The transaction set is {name}, so it holds no claims", remedy))
    if set_id in ("835", "277"):
        message = f"The transaction set is {name} of a version that is not read"
        remedy = "Ask the sender for 835 of 5010 or 4010, or for the claim acknowledgement 005010X214."
        return Guide(version, refusal=("unsupported_guide", message, remedy))
    name = _NAMES.get(set_id, "of a kind that is not known")
    remedy = "Give it to the system that reads it; read here are 837, 835, 999, 997 and the 277 of 005010X214."
    return Guide(version, refusal=("unsupported_set", f"The transaction set is {name}; it is not read", remedy))


def _claims(set_version: str, group_version: str) -> Guide:
    version = set_version or group_version
    purpose = next(
        (found for one in (set_version, group_version) if (found := _NOT_PRICED.get(one[:_GUIDE_LENGTH]))), None
    )
    if purpose is not None:
        message = f"The transaction set is {purpose}, so it holds no claims to be paid"
        return Guide(version, refusal=("unsupported_guide", message, "Give it to the system that reads that guide."))
    for candidate in (set_version, group_version):
        claim_type = CLAIM_GUIDES.get(candidate[:_GUIDE_LENGTH])
        if claim_type is not None:
            return Guide(candidate, "claims", claim_type, old=candidate.startswith(_OLD))
    message = "The version is not a claim guide of 5010 (X222, X223 or X224) or 4010 (X098, X096 or X097)"
    remedy = "Ask the sender to name the guide in ST03 and GS08."
    return Guide(version, refusal=("unsupported_guide", message, remedy))
