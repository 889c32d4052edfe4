"""Scenario: a planted story, and where it takes hold of the journey of claims."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from models.synthetic.outcome import Outcome
from models.synthetic.world import Flags, Numbers


@dataclass(frozen=True)
class Scenario:
    """A story that changes nothing; each kind overrides the places where it takes hold.

    Attributes:
        name: What `--scenario` calls it.
        start: Instant of the first claim of the run.
        day: Days after it when the story begins.
        payer: Payer id that it is about; empty for all.
        until_day: Days after `start` when it ends; null for never.
    """

    name: str
    start: datetime
    day: float = 0.0
    payer: str = ""
    until_day: float | None = None
    figures: dict[str, float | str] = field(default_factory=dict)

    @property
    def begins_at(self) -> datetime:
        """When the story begins, UTC."""
        return self.start.astimezone(UTC) + timedelta(days=self.day)

    @property
    def ends_at(self) -> datetime | None:
        """When it ends; null for never."""
        return None if self.until_day is None else self.start.astimezone(UTC) + timedelta(days=self.until_day)

    def within(self, at: pl.Series) -> pl.Series:
        """Tell which instants fall into the story."""
        inside = at >= self.begins_at
        return inside if self.ends_at is None else inside & (at < self.ends_at)

    def about(self, events: pl.DataFrame) -> Flags:
        """Tell which claims are of the payer and were submitted within the story."""
        of_payer = events["payer_id"] == self.payer if self.payer else pl.Series([True]).new_from_index(0, len(events))
        return (of_payer & self.within(events["submitted_at"])).to_numpy()

    def adjudicate(self, outcome: Outcome, events: pl.DataFrame, seed: int) -> Outcome:
        """Change first decisions and their true probability."""
        del events, seed
        return outcome

    def denied_lines(self, events: pl.DataFrame, lines: pl.DataFrame) -> Flags:
        """Tell which lines the story denies where a claim is denied in part."""
        del events
        return np.zeros(lines.height, dtype=bool)

    def refusal_share(self, events: pl.DataFrame) -> Numbers:
        """Return the chance that the payer's front end rejects each claim; 0 leaves it as it is."""
        return np.zeros(events.height)

    def slowness(self, events: pl.DataFrame) -> Numbers:
        """Return the factor on the days to each claim's first decision."""
        return np.ones(events.height)

    def decide(self, decisions: pl.DataFrame, events: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
        """Change or add decisions (see Journey)."""
        del events, lines
        return decisions

    def answer(
        self, acks: pl.DataFrame, remits: pl.DataFrame, events: pl.DataFrame
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Change what comes back."""
        del events
        return acks, remits

    def story(self) -> dict[str, object]:
        """Return the truth: what, whom, from when until when."""
        return {
            "scenario": self.name,
            "payer_id": self.payer or None,
            "begins_at": self.begins_at,
            "ends_at": self.ends_at,
            **self.figures,
        }
