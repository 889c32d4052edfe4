"""Settings of correlation: when answers are due, how long orphans wait, what a takeback is."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

import config
from processors.config_file import Settings, SettingsFile

SHIPPED_POLICY = config.FOLDER / "correlation.yaml"
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US

Time = Annotated[float, Field(gt=0)]


class Deadlines(Settings):
    """How long each answer may take.

    Attributes:
        ack_999_hours: From submission to the 999.
        ack_277ca_hours: From submission to any 277CA.
        payer_277ca_hours: From submission to the 277CA that accepts into adjudication, or rejects.
        remit_days: From that acceptance, else from submission, to the 835.
    """

    ack_999_hours: Time
    ack_277ca_hours: Time
    payer_277ca_hours: Time
    remit_days: Time


class OwnDeadlines(Settings):
    """What a payer or clearinghouse does differently; None where it does not."""

    ack_999_hours: Time | None = None
    ack_277ca_hours: Time | None = None
    payer_277ca_hours: Time | None = None
    remit_days: Time | None = None


class CorrelationPolicy(SettingsFile):
    """Settings of config/correlation.yaml, where each is explained."""

    shipped_file: ClassVar[Path] = SHIPPED_POLICY
    deadlines: Deadlines
    payers: dict[str, OwnDeadlines]
    clearinghouses: dict[str, OwnDeadlines]
    clearinghouse_of_payer: dict[str, str]
    orphan_hours: Time
    keep_closed_days: Annotated[int, Field(ge=1)]

    def clearinghouse(self, named: str | None, payer_id: str | None) -> str | None:
        """Return the clearinghouse of a claim: the one it names, else that of its payer."""
        return named or self.clearinghouse_of_payer.get(payer_id or "")

    def deadline(self, name: str, payer_id: str | None, clearinghouse_id: str | None) -> int:
        """Return how long an answer may take, in microseconds.

        Args:
            name: Field of Deadlines.
            payer_id: Payer of the claim.
            clearinghouse_id: Clearinghouse of the claim.
        """
        known = self._book.get((name, payer_id, clearinghouse_id))
        if known is None:
            known = self._book[name, payer_id, clearinghouse_id] = self._deadline(name, payer_id, clearinghouse_id)
        return known

    @cached_property
    def _book(self) -> dict[tuple[str, str | None, str | None], int]:
        """Deadlines that were asked for before."""
        return {}

    def _deadline(self, name: str, payer_id: str | None, clearinghouse_id: str | None) -> int:
        own = self.payers.get(payer_id or ""), self.clearinghouses.get(clearinghouse_id or "")
        values = [getattr(one, name) for one in own if one is not None and getattr(one, name) is not None]
        value = float(values[0] if values else getattr(self.deadlines, name))
        return round(value * (DAY_US if name.endswith("_days") else HOUR_US))

    @property
    def orphan_us(self) -> int:
        """How long an orphan waits, in microseconds."""
        return round(self.orphan_hours * HOUR_US)
