"""Writes the first inputs of the corpus, all of them made up: python -m tests.fuzz.seeds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import ormsgpack

from models.synthetic import generate
from schemas.codec import ColumnarEncoder
from schemas.contracts import CLAIMS_SCORED, CLAIMS_SUBMITTED, DEAD_LETTER
from schemas.registry import CheckedInIds
from tests.scored_events import dead_letter_messages, scored_event, scored_messages
from tests.unit.x12.reading import PROVIDER, SEALER, claim, claim_payment, payment, subscriber, x12
from tests.unit.x12.test_acks import CLAIM_ACK

CORPUS = Path(__file__).parent / "corpus"


def seeds() -> Iterator[tuple[str, bytes]]:
    """Yield target and input."""
    start = datetime(2026, 11, 1, tzinfo=UTC)
    events = generate(3, 5, start=start, sealer=SEALER).events
    for value in ColumnarEncoder(CLAIMS_SUBMITTED, CheckedInIds()).encode(events):
        yield CLAIMS_SUBMITTED.name, value
        yield "framing", value
    for value in scored_messages([scored_event(n) for n in range(2)]):
        yield CLAIMS_SCORED.name, value
    for value in dead_letter_messages(2):
        yield DEAD_LETTER.name, value
    yield "x12", x12(*PROVIDER, *subscriber(2), *claim(), *claim("ZZACCT2"))
    yield "x12", payment("80", "LX*1", *claim_payment("ZZACCT1"))
    yield "x12", CLAIM_ACK
    yield "x12", x12(*PROVIDER, *subscriber(2), *claim()).replace(b"SE*", b"SE*9")
    yield "envelope", SEALER.seal(b"ZZCANARY", "acme", DEAD_LETTER.name, "y")
    yield "bundle", ormsgpack.packb([{"type": "claim", "id": "e", "key": "a|t1|x", "tenant_id": "t1", "at": 0}])
    for name in ("framing", "envelope", "bundle", "x12"):
        yield name, b"\0\0\0\0\x01"


def main() -> None:
    """Write them, numbered by target."""
    counts: dict[str, int] = {}
    for name, value in seeds():
        folder = CORPUS / name
        folder.mkdir(parents=True, exist_ok=True)
        counts[name] = counts.get(name, 0) + 1
        (folder / f"seed-{counts[name]}.bin").write_bytes(value)


if __name__ == "__main__":
    main()
