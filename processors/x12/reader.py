"""Reading a file: claims, remittances, acknowledgements and problems, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from processors.x12.acks.frame import SetAckFrame, StatusLevel
from processors.x12.acks.set_body import SetAckBody
from processors.x12.acks.set_mapper import SetAckMapper
from processors.x12.acks.status_body import StatusBody
from processors.x12.acks.status_mapper import StatusMapper
from processors.x12.body import Body
from processors.x12.claims837 import ClaimMapper
from processors.x12.envelope import Envelope
from processors.x12.frame import ClaimFrame, InterchangeAckFrame, PlainStretch
from processors.x12.guides import EVERY_KIND, Kind
from processors.x12.lineage import Intake
from processors.x12.parties import Billing, read_billing
from processors.x12.problems import X12Problem
from processors.x12.remits.body import RemitBody
from processors.x12.remits.frame import ProviderFrame, RemitFrame
from processors.x12.remits.mapper import RemitMapper
from processors.x12.remits.totals import Totals, payment_totals
from processors.x12.results import ParsedClaim, Result
from processors.x12.source import Source
from processors.x12.tokenizer import Tokenizer as SegmentTokenizer
from processors.x12.walker import Walker
from schemas.phi import Sealer, Tokenizer

if TYPE_CHECKING:  # compiled code is loaded for large files only
    from processors.x12.compiled.batch import ClaimBatch
    from processors.x12.compiled.lane import Lane
    from processors.x12.compiled.remits.batch import RemitBatch
    from processors.x12.compiled.remits.lane import PaymentLane

COMPILED_FROM_BYTES = 1 << 20
"""Size of a file that is worth the start of compiled code: half a second, and some 50 MiB."""


def read_file(origin: bytes | Path, intake: Intake) -> Iterator[Result]:
    """Read an X12 file of any kind in constant memory, segment by segment.

    A claim, claim payment or verdict that cannot be read becomes a problem and the next one is read. Nothing
    is raised for bad input: a file that is empty, cut off, of another kind or no X12 at all gives problems that
    say so. The same bytes always give the same event ids. A file with 835 transactions is read twice: their
    sums stand on every claim payment.

    Args:
        origin: The bytes of the file, or its path.
        intake: Tenant, keys and clock.

    Yields:
        Results in file order: problems about a claim stand before it, what belongs to a set, group or
        interchange before its TransactionSeen, GroupSeen or InterchangeSeen.

    Raises:
        OSError: The file cannot be read.
    """
    source = Source(origin)
    found: Iterator[Any] = _FileReader(source.chunks(), intake, EVERY_KIND, source).results()
    yield from found


def read_batches(
    origin: bytes | Path, intake: Intake, warm_up: int | None = None
) -> Iterator[Result | ClaimBatch | RemitBatch]:
    """Read a file as read_file does, but give what stands in a plain stretch of a large file together.

    Args:
        origin: The bytes of the file, or its path.
        intake: Tenant, keys and clock.
        warm_up: Subscribers or claim payments of each set that are read one by one before plain stretches are
            looked for, in a file of any size.

    Yields:
        What read_file yields, with batches in place of the claims and claim payments that are in them.

    Raises:
        OSError: The file cannot be read.
    """
    source = Source(origin)
    reader = _FileReader(source.chunks(), intake, EVERY_KIND, source)
    if warm_up is not None or source.size >= COMPILED_FROM_BYTES:
        reader.look_ahead(warm_up)
    yield from reader.results()


def read_claims(
    chunks: Iterable[bytes] | bytes,
    *,
    tenant_id: str,
    sealer: Sealer,
    tokenizer: Tokenizer,
    received_at: datetime,
    file_hash: str | None = None,
) -> Iterator[ParsedClaim | X12Problem]:
    """Read the claims of an 837 file; sets of other kinds become problems.

    Args:
        chunks: The file, in pieces of any size or at once.
        tenant_id: Tenant the claims belong to.
        sealer: Seals identifying data.
        tokenizer: Makes claim and patient tokens.
        received_at: Instant of receipt, UTC; becomes submitted_at.
        file_hash: SHA-256 (hex) of the whole file where it is known.

    Yields:
        Claims and problems in file order; the warnings about a claim stand before it.
    """
    intake = Intake(tenant_id, sealer, tokenizer, received_at, file_hash)
    for found in _FileReader(chunks, intake, frozenset({"claims"}), None).results():
        if isinstance(found, (ParsedClaim, X12Problem)):
            yield found


def _never(stretch: PlainStretch) -> ClaimBatch | RemitBatch:
    raise AssertionError(stretch)  # nobody looked ahead


class _FileReader:
    """Reads one file: gives every transaction set to the reader of its kind, every frame to its mapper."""

    def __init__(
        self,
        chunks: Iterable[bytes] | bytes,
        intake: Intake,
        wanted: frozenset[Kind],
        source: Source | None,
    ) -> None:
        self._intake = intake
        self._tokens = SegmentTokenizer(chunks)
        self._envelope = Envelope(wanted)
        self._source = source
        self._totals: dict[int, Totals] | None = None
        self._payments: RemitBody | None = None
        self._lane: Lane | None = None
        self._payment_lane: PaymentLane | None = None
        self._batch: Callable[[Any], ClaimBatch | RemitBatch] = _never
        self._claims = ClaimMapper(intake)
        self._remits = RemitMapper(intake)
        self._sets = SetAckMapper(intake)
        self._statuses = StatusMapper(intake)
        self._reads_all = wanted == EVERY_KIND

    def look_ahead(self, warm_up: int | None) -> None:
        """Look for plain stretches, which compiled code reads."""
        from processors.x12.compiled.batch import StretchReader  # noqa: PLC0415 - for large files only
        from processors.x12.compiled.block import Stretch  # noqa: PLC0415 - as above
        from processors.x12.compiled.lane import WARM_UP, Lane  # noqa: PLC0415 - as above
        from processors.x12.compiled.remits.batch import PaymentReader  # noqa: PLC0415 - as above
        from processors.x12.compiled.remits.block import PaymentStretch  # noqa: PLC0415 - as above
        from processors.x12.compiled.remits.lane import PaymentLane  # noqa: PLC0415 - as above

        envelope, claims, payments = self._envelope, StretchReader(self._intake), PaymentReader(self._intake)
        first = WARM_UP if warm_up is None else warm_up
        self._lane, self._payment_lane = Lane(self._tokens, envelope, first), PaymentLane(self._tokens, first)

        def batch(stretch: Stretch | PaymentStretch) -> ClaimBatch | RemitBatch:
            if not isinstance(stretch, Stretch):
                payment = self._remits.payment(stretch.header, stretch.block.component)
                return payments.read(stretch, payment, envelope)
            level = stretch.level
            if level.parsed is None:
                level.parsed = read_billing(level)
            billing: Billing = level.parsed
            return claims.read(stretch, billing, envelope)

        self._batch = batch

    def results(self) -> Iterator[Result | ClaimBatch | RemitBatch]:
        tokens, envelope, claims, batch = self._tokens, self._envelope, self._claims, self._batch
        for found in Walker(tokens, envelope, self._open_body, self._lane).walk():
            if isinstance(found, ClaimFrame):
                yield from claims.map(found, tokens.slice(found.start, found.end), envelope)
            elif isinstance(found, RemitFrame):
                yield from self._remits.map_claim(found, tokens.slice(found.start, found.end), envelope)
            elif isinstance(found, (SetAckFrame, StatusLevel, ProviderFrame, InterchangeAckFrame)):
                yield from self._map_other(found)
            elif isinstance(found, PlainStretch):
                if found.claims:
                    yield batch(found)
            else:
                yield found

    def _map_other(self, found: SetAckFrame | StatusLevel | ProviderFrame | InterchangeAckFrame) -> Iterator[Result]:
        tokens, envelope = self._tokens, self._envelope
        if isinstance(found, ProviderFrame):
            yield from self._remits.map_provider(found, tokens.slice(found.start, found.end), envelope)
        elif isinstance(found, InterchangeAckFrame):
            if self._reads_all:
                yield self._sets.map_interchange(found, tokens.slice(found.start, found.end), envelope)
        elif isinstance(found, StatusLevel):
            raw = tokens.slice(found.segments[0][1], found.segments[-1][2])
            yield from self._statuses.map(found, raw, envelope)
        else:
            raw = tokens.slice(found.segments[0][1], found.segments[-1][2])
            component = tokens.delimiters.component if tokens.delimiters is not None else ":"
            yield from self._sets.map_set(found, raw, envelope, component)

    def _open_body(self, out: list[Any], start: int) -> Body | None:
        kind, tokens, envelope = self._envelope.kind, self._tokens, self._envelope
        if kind == "remits" and self._source is not None:
            if self._totals is None:
                self._totals = payment_totals(self._source.chunks())
            ordinal = 0 if self._payments is None else self._payments.ordinal
            totals = self._totals.get(start) or Totals()
            self._payments = RemitBody(tokens, envelope, out, start, totals=totals, ordinal=ordinal,
                lane=self._payment_lane)  # fmt: skip
            return self._payments
        if kind == "set_acks":
            return SetAckBody(tokens, envelope, out, start)
        return StatusBody(tokens, envelope, out, start) if kind == "claim_acks" else None
