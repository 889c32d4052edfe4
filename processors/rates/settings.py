"""The settings of historical rates: the model of config/rates.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field

import config
from processors.config_file import Settings, read_settings

SHIPPED_SETTINGS = config.FOLDER / "rates.yaml"

NotNegative = Annotated[float, Field(ge=0)]


class RateSettings(Settings):
    """The whole of config/rates.yaml, where every key is explained."""

    pseudo_decisions: Annotated[float, Field(gt=0)]
    least_change: NotNegative
    least_relative_change: NotNegative
    weight_growth: NotNegative

    @classmethod
    @cache
    def shipped(cls) -> Self:
        """Return the settings that claimstream ships."""
        return cls.load(SHIPPED_SETTINGS)

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read settings.

        Raises:
            ConfigFileError: The file cannot be used.
        """
        return read_settings(cls, file)
