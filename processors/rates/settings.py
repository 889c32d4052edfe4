"""The settings of historical rates: the model of config/rates.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

import config
from processors.config_file import SettingsFile

SHIPPED_SETTINGS = config.FOLDER / "rates.yaml"

NotNegative = Annotated[float, Field(ge=0)]


class RateSettings(SettingsFile):
    """The whole of config/rates.yaml, where every key is explained."""

    shipped_file: ClassVar[Path] = SHIPPED_SETTINGS
    pseudo_decisions: Annotated[float, Field(gt=0)]
    least_change: NotNegative
    least_relative_change: NotNegative
    weight_growth: NotNegative
