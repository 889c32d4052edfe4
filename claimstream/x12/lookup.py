"""The segments of one event, found in its file by name, number or hash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from claimstream.settings import Settings
from claimstream.x12.files import intake_of
from processors.x12 import (
    GroupSeen,
    InterchangeSeen,
    ParsedAck,
    ParsedClaim,
    ParsedRemit,
    RejectedClaim,
    TransactionSeen,
    X12Problem,
    read_file,
)
from processors.x12.masking import masked
from processors.x12.source import Source
from processors.x12.tokenizer import Tokenizer as SegmentTokenizer
from schemas.phi import Keyring


def claim_segments(file: Path, wanted: str, settings: Settings) -> list[dict[str, Any]]:
    """Return the claims, claim payments and claim statuses that go by this name, with their segments.

    Args:
        file: The file.
        wanted: Account number, claim id, control token; or the number in the file when nothing else matches.
        settings: Where the keyring is; without one ids and tokens match nothing.
    """
    path = settings.keyring_path
    intake = intake_of(Keyring.load(path) if path.exists() else None, settings.claimstream_tenant)
    account = intake.tokenizer.token(intake.tenant_id, "patient_control", wanted)
    by_name: list[dict[str, Any]] = []
    by_number: list[dict[str, Any]] = []
    statuses = 0
    for result in read_file(file, intake):
        if isinstance(result, (X12Problem, InterchangeSeen, GroupSeen, TransactionSeen)):
            continue
        event = {} if isinstance(result, RejectedClaim) else result.event
        statuses += isinstance(result, ParsedAck) and event["level"] == "claim"
        number = statuses if isinstance(result, ParsedAck) else result.ordinal
        if isinstance(result, ParsedAck) and event["level"] != "claim":
            continue
        place = {"kind": _KINDS[type(result).__name__], "number": number, "byte_start": result.byte_start,
            "byte_end": result.byte_end}  # fmt: skip
        names = {event.get("patient_control_token"), event.get("claim_id"), event.get("event_id")}
        if names & {account, wanted}:
            by_name.append(place)
        elif str(number) == wanted and number:
            by_number.append(place)
    return _with_segments(file, by_name or by_number)


_KINDS = {"ParsedClaim": "claim", "RejectedClaim": "rejected claim", "ParsedRemit": "claim payment",
    "ParsedAck": "claim status"}  # fmt: skip


def event_segments(file: Path, digest: str) -> list[dict[str, Any]]:
    """Return the places of a file whose bytes have this hash, with their segments."""
    found: list[dict[str, Any]] = []
    for result in read_file(file, intake_of()):
        if isinstance(result, (ParsedClaim, ParsedRemit, ParsedAck)) and result.event["_hash"] == digest:
            number = 0 if isinstance(result, ParsedAck) else result.ordinal
            found.append({"kind": _KINDS[type(result).__name__], "number": number, "byte_start": result.byte_start,
                "byte_end": result.byte_end})  # fmt: skip
    return _with_segments(file, found)


def _with_segments(file: Path, places: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not places:
        return []
    for place in places:
        place["segments"] = []
    tokens = SegmentTokenizer(Source(file).chunks())
    for elements, start, _ in tokens:
        for place in places:
            if place["byte_start"] <= start < place["byte_end"]:
                place["segments"].append((elements, tokens.delimiters))
    return places


def shown(place: dict[str, Any], *, phi: bool) -> dict[str, Any]:
    """Return a place with its segments as text; identifying data masked unless phi is asked for."""
    texts = []
    for elements, delimiters in place["segments"]:
        values = elements if phi else masked(elements, delimiters.component)
        texts.append(delimiters.element.join(values) + (delimiters.segment if delimiters.segment.strip() else ""))
    return {**place, "segments": texts}
