"""The claims of the golden set from claims.submitted through the claim stage: what they are when they are scored.

The stage is the real one: its codec, its steps with the shipped rules, prices and models, its output. Only the
verdicts that a story was worked with (findings, price, probability, disposition) take the place of what those say, so
that a figure worked by hand does not change with a rule or a model. All else of a scored claim has come through.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby

import polars as pl

from processors.batch import ClaimBatch, empty_findings
from processors.history import HistoryView
from processors.pipeline import ClaimPipeline, Step
from schemas.codec import ColumnarDecoder
from schemas.codec.records import encode_record
from schemas.contracts import CLAIMS_SCORED, CLAIMS_SUBMITTED
from schemas.registry import CheckedInIds
from streams.claim_output import ClaimOutput
from streams.correlation.reading import physical
from streams.topics import SCORED
from tests.golden.events import Told
from tests.unit.correlation.events import Event, blank, complete

IDS = CheckedInIds()
_OF_CLAIM = (
    *("error_count", "warning_count", "expected_allowed_cents", "price_basis", "approval_probability", "scored_by"),
    *("model_version", "reason_model_version", "disposition", "queue"),
)
_OF_LINE = ("expected_allowed_cents", "rvu_work_e5", "price_basis", "price_status")
_LINE_FIELDS = [
    line["name"]
    for line in next(f for f in CLAIMS_SUBMITTED.schema["fields"] if f["name"] == "lines")["type"]["items"]["fields"]
]


@dataclass(frozen=True)
class ToldPipeline(ClaimPipeline):
    """The pipeline with one step more, which puts the verdicts of the stories in place of its own.

    Attributes:
        told: Events of the batch, as they are told to be scored.
    """

    told: list[Event] = field(default_factory=list)

    def _steps(self, remembered: HistoryView) -> tuple[Step, ...]:
        return (*super()._steps(remembered), ("tell", self._tell))

    def _tell(self, batch: ClaimBatch) -> ClaimBatch:
        lines = [line for event in self.told for line in event["lines"]]
        steps = batch.lines["price_steps"]
        return replace(
            batch,
            claims=_told(batch.claims, self.told, _OF_CLAIM),
            lines=_told(batch.lines, lines, _OF_LINE).with_columns(pl.lit([], dtype=steps.dtype).alias("price_steps")),
            findings=empty_findings(),
        )


def _told(frame: pl.DataFrame, events: Sequence[Event], names: Sequence[str]) -> pl.DataFrame:
    return frame.with_columns(
        pl.Series(name, [event[name] for event in events], dtype=frame.schema[name]) for name in names
    )


def staged(events: Sequence[Told]) -> list[Told]:
    """Return the events with each scored claim as the stage publishes it; batches by the instant of scoring."""
    claims = sorted((e for contract, e in events if contract is CLAIMS_SCORED), key=lambda event: event["scored_at"])
    shipped = ClaimPipeline.shipped()
    parts = (shipped.catalogue, shipped.book, shipped.scorer, shipped.policy, shipped.contracts, shipped.history)
    scored: dict[str, Event] = {}
    for instant, batch in groupby(claims, key=lambda event: event["scored_at"]):
        told = list(batch)
        scored |= {event["event_id"]: event for event in _scored(ToldPipeline(*parts, told), told, instant)}
    return [(contract, scored[e["event_id"]] if contract is CLAIMS_SCORED else e) for contract, e in events]


def _scored(pipeline: ToldPipeline, told: Sequence[Event], instant: int) -> Iterator[Event]:
    values: list[bytes | None] = [encode_record(CLAIMS_SUBMITTED, IDS, _submitted(event)) for event in told]
    places = pl.DataFrame({"source_partition": [0] * len(told), "source_offset": range(len(told))})
    frame = (
        ColumnarDecoder(CLAIMS_SUBMITTED, IDS).decode(values).frame.hstack(places.cast({"source_partition": pl.Int32}))
    )
    batch = pipeline.run(ClaimBatch.from_events(frame, datetime.fromtimestamp(instant / 1_000_000, UTC)))
    messages = ClaimOutput(IDS).messages(batch)[SCORED.name]
    decoded = ColumnarDecoder(CLAIMS_SCORED, IDS).decode([message["value"] for message in messages])
    yield from physical(decoded.frame).iter_rows(named=True)


def _submitted(event: Event) -> Event:
    """Return the claims.submitted event of a claim that is told as scored."""
    lines = [{name: line[name] for name in _LINE_FIELDS if name in line} for line in event["lines"]]
    known = {name: event[name] for name in CLAIMS_SUBMITTED.field_names if name in event}
    return complete(CLAIMS_SUBMITTED, {**blank(CLAIMS_SUBMITTED), **known, "lines": lines})
