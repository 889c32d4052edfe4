"""Stories about answers that do not come: a silent payer, a clearinghouse that is down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from models.synthetic.after.acks import CLEARINGHOUSE
from models.synthetic.scenarios.scenario import Scenario

Answers = tuple[pl.DataFrame, pl.DataFrame]


@dataclass(frozen=True)
class SilentPayer(Scenario):
    """From a day on nothing comes from the payer: no 277CA and no 835, until the story ends."""

    def answer(self, acks: pl.DataFrame, remits: pl.DataFrame, events: pl.DataFrame) -> Answers:
        """Drop what the payer would have sent."""
        del events
        return tuple(self._without(frame) for frame in (acks, remits))  # type: ignore[return-value]  # two frames

    def _without(self, frame: pl.DataFrame) -> pl.DataFrame:
        silent = (frame["payer_id"] == self.payer) & self.within(frame["received_at"])
        return frame.filter(~silent.fill_null(value=False))


@dataclass(frozen=True)
class VendorOutage(Scenario):
    """The clearinghouse passes no acknowledgement on for some hours; they come when it is back, or never.

    Attributes:
        hours: How long it is down.
        lost: Whether what it held is lost.
    """

    hours: float = 48.0
    lost: bool = False

    def answer(self, acks: pl.DataFrame, remits: pl.DataFrame, events: pl.DataFrame) -> Answers:
        """Hold back the acknowledgements of those hours."""
        del events
        until = self._until()
        down = (pl.col("received_at") >= self.begins_at) & (pl.col("received_at") < until)
        if self.lost:
            return acks.filter(~down), remits
        held = acks.with_columns(received_at=pl.when(down).then(pl.lit(until)).otherwise("received_at"))
        return held.with_columns(pl.col("received_at").cast(acks.schema["received_at"])).sort(
            "received_at", maintain_order=True
        ), remits

    def _until(self) -> datetime:
        return self.begins_at + timedelta(hours=self.hours)

    def story(self) -> dict[str, object]:
        """Return the truth."""
        told = {"ends_at": self._until(), "vendor": CLEARINGHOUSE, "lost": self.lost}
        return {**super().story(), **told}
