"""The settings of live detection: the model of config/detection.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

import config
from processors.config_file import Settings, SettingsFile

SHIPPED_SETTINGS = config.FOLDER / "detection.yaml"

Share = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]


class TestSettings(Settings):
    """What all tests of a rate share; config/detection.yaml explains each."""

    __test__ = False  # not a test class

    multiples: Annotated[list[Annotated[float, Field(gt=1)]], Field(min_length=1)]
    highest_rate: Share
    baseline_errors: Annotated[float, Field(ge=0)]
    baseline_events: Count
    baseline_days: Count
    suspicion_odds: Annotated[float, Field(gt=1)]
    quarantine_days: Count
    half_life_days: Positive
    weekday_errors: Positive
    weekday_events: Positive
    least_hits: Count
    resolve_odds: Annotated[float, Field(gt=1)]
    accept_days: Count
    examples: Annotated[int, Field(ge=0, le=10)]


class StreamSettings(Settings):
    """Settings of one kind of alert.

    Attributes:
        false_alarms: Bound on the expected false alarms of one stream in a month.
        floor: Lowest baseline.
        warm_up_days: Days from a payer's first answer that teach nothing, for payer_lag_drift.
        keys: Most keys for one payer, for patterns.
        baseline_events: Events that make a baseline, where fewer than for other streams do.
        groups: Root causes that count, for new_denial_pattern.
    """

    false_alarms: Share
    floor: Share
    warm_up_days: Annotated[int, Field(ge=0)] = 0
    keys: Count = 300
    baseline_events: Count | None = None
    groups: frozenset[str] = frozenset()


class DetectionSettings(SettingsFile):
    """The whole of config/detection.yaml, where every key is explained."""

    shipped_file: ClassVar[Path] = SHIPPED_SETTINGS
    test: TestSettings
    denial_spike: StreamSettings
    reject_spike: StreamSettings
    payer_lag_drift: StreamSettings
    underpayment_pattern: StreamSettings
    new_denial_pattern: StreamSettings
    unknown_rate: Share
    critical_multiple: Positive
    critical_cents: Count
