"""The claims of the golden set from claims.submitted through the claim stage: what they are when they are scored.

The stage is the real one: its codec, its steps with the shipped rules, prices and models, its output. The contracts of
the stories price the claims of their payers. Only the other verdicts that a story was worked with (findings,
probability, disposition, what a payer without a contract is thought to pay) take the place of what the steps say, so
that a figure worked by hand does not change with a rule, a fee schedule or a model. All else of a scored claim has come
through.
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
from processors.pricing.contracts import ContractSet
from processors.pricing.contracts.contract import PayerContract
from processors.pricing.contracts.loading import LoadedContract
from schemas.codec import ColumnarDecoder
from schemas.codec.records import encode_record
from schemas.contracts import CLAIMS_SCORED, CLAIMS_SUBMITTED
from schemas.registry import CheckedInIds
from streams.claim_output import ClaimOutput
from streams.correlation.reading import physical
from streams.topics import SCORED
from tests.golden.events import Told
from tests.golden.run import APART, TENANT
from tests.golden.stories import WITH_CONTRACT, stories
from tests.unit.correlation.events import Event, blank, complete

IDS = CheckedInIds()
_OF_CLAIM = (
    *("error_count", "warning_count", "approval_probability", "scored_by", "model_version", "reason_model_version"),
    *("disposition", "queue"),
)
_PRICE = ("expected_allowed_cents", "price_basis")
_LINE_PRICE = (*_PRICE, "price_status")
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
        told_lines = [line for event in self.told for line in event["lines"]]
        lines = _told_prices(_told(batch.lines, told_lines, ["rvu_work_e5"]), told_lines, _LINE_PRICE)
        return replace(
            batch,
            claims=_told_prices(_told(batch.claims, self.told, _OF_CLAIM), self.told, _PRICE),
            lines=lines.with_columns(pl.lit([], dtype=lines.schema["price_steps"]).alias("price_steps")),
            findings=empty_findings(),
        )


def _told(frame: pl.DataFrame, events: Sequence[Event], names: Sequence[str]) -> pl.DataFrame:
    return frame.with_columns(
        pl.Series(name, [event[name] for event in events], dtype=frame.schema[name]) for name in names
    )


def _told_prices(frame: pl.DataFrame, events: Sequence[Event], names: Sequence[str]) -> pl.DataFrame:
    """Put told prices in place of those of the steps, where no contract was told."""
    agreed = pl.Series([event["price_basis"] == "contract" for event in events], dtype=pl.Boolean)
    told = _told(frame, events, names)
    return frame.with_columns(pl.select(pl.when(agreed).then(frame[n]).otherwise(told[n]).alias(n))[n] for n in names)


def contracts() -> ContractSet:
    """Return the contracts of the stories: 80 percent of the charge, for a second procedure 75."""
    apart = [story.name for story in stories() if story.payer in WITH_CONTRACT]
    terms = [
        {"id": "second", "when": {"modifiers": ["51"]}, "method": "percent_of_charge", "percent": 75},
        {"id": "first", "method": "percent_of_charge", "percent": 80},
    ]
    agreed = [
        {"id": tenant, "tenant": tenant, "payers": payers, "effective_from": "2025-12-01", "terms": terms}
        for tenant, payers in ((TENANT, WITH_CONTRACT), (APART, apart))
    ]
    return ContractSet.of(LoadedContract(str(one["id"]), PayerContract.model_validate(one), {}) for one in agreed)


def staged(events: Sequence[Told]) -> list[Told]:
    """Return the events with each scored claim as the stage publishes it; batches by the instant of scoring."""
    claims = sorted((e for contract, e in events if contract is CLAIMS_SCORED), key=lambda event: event["scored_at"])
    shipped = ClaimPipeline.shipped()
    parts = (shipped.catalogue, shipped.book, shipped.scorer, shipped.policy, contracts(), shipped.history)
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
