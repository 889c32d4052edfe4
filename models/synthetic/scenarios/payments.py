"""Stories about money: a payer pays less than agreed, or takes many payments back at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from models.synthetic.after.journey import PAID, taken_back
from models.synthetic.scenarios.scenario import Scenario

_EPOCH = date(1970, 1, 1)
_STREAM = 4


@dataclass(frozen=True)
class Underpayment(Scenario):
    """From a day on the payer allows only part of what the contract says.

    Attributes:
        factor: Share of the agreed amount that it allows.
    """

    factor: float = 0.88

    def decide(self, decisions: pl.DataFrame, events: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
        """Lower the allowed amount of claims of the payer that are paid within the story."""
        del lines
        paid_on = pl.col("paid_on").cast(pl.Int32).cast(pl.Date).cast(pl.Datetime("us", "UTC"))
        payer = events["payer_id"].gather(decisions["claim"])
        hit = (payer == self.payer) & self.within(decisions.select(paid_on)["paid_on"])
        return decisions.with_columns(factor=pl.when(hit).then(self.factor).otherwise("factor"))

    def story(self) -> dict[str, object]:
        """Return the truth."""
        return {**super().story(), "factor": self.factor}


@dataclass(frozen=True)
class TakebackBurst(Scenario):
    """On one day the payer takes back a share of everything it has paid.

    Attributes:
        share: Share of the paid claims that it takes back.
    """

    share: float = 0.15

    def decide(self, decisions: pl.DataFrame, events: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
        """Add the decisions that take payments back."""
        del lines
        day = (self.begins_at.date() - _EPOCH).days
        payer = events["payer_id"].gather(decisions["claim"])
        once = decisions["claim"].is_in(decisions["claim"].filter(decisions["sign"] < 0).implode()).not_()
        paid = (decisions["outcome"] == PAID) & (payer == self.payer) & (decisions["paid_on"] < day) & once
        rows = np.flatnonzero(paid.to_numpy())
        rng = np.random.default_rng([_STREAM, day, decisions.height])
        rows = rows[rng.random(len(rows)) < self.share]
        base = {name: decisions[name].to_numpy() for name in decisions.columns if name != "factor"}
        back = taken_back(base, rows, np.full(len(rows), day), rng)
        return pl.concat([decisions, back.with_columns(factor=pl.lit(1.0)).select(decisions.columns)])

    def story(self) -> dict[str, object]:
        """Return the truth."""
        return {**super().story(), "share": self.share}
