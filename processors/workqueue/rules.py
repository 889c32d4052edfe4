"""The queues as data: the model of config/workqueues.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

import config
from processors.adjudication.denial_groups import DENIAL_GROUPS, UNMAPPED
from processors.config_file import Settings, SettingsFile
from processors.workqueue.conditions import Condition

SHIPPED_QUEUES = config.FOLDER / "workqueues.yaml"

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Whole = Annotated[int, Field(ge=0)]
DaysByPayerType = dict[str, Annotated[int, Field(gt=0)]]
OTHER_PAYER = "other"


class Limit(Settings):
    """One of the payer's limits.

    Attributes:
        less: Days to keep in hand before it.
    """

    less: Whole = 0


class DeadlineRule(Settings):
    """Until when the work can succeed: the earliest of what is named.

    Attributes:
        filing: From the last service date.
        appeal: From the latest remittance.
        dispute: From the latest remittance.
        days: From the opening of the item.
    """

    filing: Limit | None = None
    appeal: Limit | None = None
    dispute: Limit | None = None
    days: Annotated[int, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _names_a_limit(self) -> Self:
        if not any((self.filing, self.appeal, self.dispute, self.days)):
            msg = "a deadline names at least one limit"
            raise ValueError(msg)
        return self


class Queue(Settings):
    """One queue of config/workqueues.yaml, where every key is explained."""

    reason: str
    when: Annotated[dict[str, Condition], Field(min_length=1)]
    since: str
    stake: str
    success: Share | Literal["group"]
    minutes: Positive
    minutes_by_group: dict[str, Positive] = Field(default_factory=dict)
    fixed_cost_cents: Whole = 0
    deadline: DeadlineRule
    corrected_groups: list[str] = Field(default_factory=list)
    due_hours: Positive
    per_group: bool = False

    @model_validator(mode="after")
    def _only_known_groups(self) -> Self:
        unknown = ({*self.minutes_by_group, *self.corrected_groups}) - {*DENIAL_GROUPS, UNMAPPED}
        if unknown:
            msg = f"unknown root-cause group {', '.join(sorted(unknown))}"
            raise ValueError(msg)
        return self


class WorkqueueSettings(SettingsFile):
    """The whole of config/workqueues.yaml, where every key is explained."""

    shipped_file: ClassVar[Path] = SHIPPED_QUEUES
    labour_cents_per_minute: Annotated[float, Field(ge=0)]
    aging_cents_per_day: Annotated[float, Field(ge=0)]
    success_half_life_days: Positive
    prior_cases: Positive
    items_per_day: Positive
    payer_batch: Annotated[int, Field(gt=0)]
    allowed_percent_of_charge: Annotated[int, Field(ge=0, le=100)]
    filing_days: DaysByPayerType
    appeal_days: DaysByPayerType
    corrected_days: DaysByPayerType
    dispute_days: DaysByPayerType
    queues: Annotated[dict[str, Queue], Field(min_length=1)]

    @model_validator(mode="after")
    def _limits_for_any_payer(self) -> Self:
        for name in ("filing_days", "appeal_days", "corrected_days", "dispute_days"):
            if OTHER_PAYER not in getattr(self, name):
                msg = f"{name} has no entry {OTHER_PAYER}, which holds for payer types it does not name"
                raise ValueError(msg)
        return self

    def queue_names(self) -> list[str]:
        """Return the names of all queues, those of the root-cause groups one by one."""
        names: list[str] = []
        for name, queue in self.queues.items():
            names += [f"{name}.{group}" for group in (*DENIAL_GROUPS, UNMAPPED)] if queue.per_group else [name]
        return names
