"""Read one YAML file of settings into a model that checks it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import ClassVar, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.errors import ClaimstreamError


class ConfigFileError(ClaimstreamError):
    """A file of settings cannot be used; nothing of it is in force.

    Args:
        file: Name of the file.
        reason: What is wrong with it, and where.
    """

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(
            f"Settings file {file}: {reason}.", "Correct the file; the shipped one in config/ shows every key."
        )
        self.file = file
        self.reason = reason


class Settings(BaseModel):
    """Base of every model of a settings file: no unknown keys, no change after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SettingsFile(Settings):
    """Base of the whole of a settings file.

    Attributes:
        shipped_file: The file that claimstream ships, in config/.
    """

    shipped_file: ClassVar[Path]

    @classmethod
    @cache
    def shipped(cls) -> Self:
        """Return the settings that claimstream ships."""
        return cls.load()

    @classmethod
    def load(cls, file: Path | None = None) -> Self:
        """Read settings; None for the shipped file.

        Raises:
            ConfigFileError: The file cannot be used.
        """
        return read_settings(cls, file or cls.shipped_file)


Model = TypeVar("Model", bound=BaseModel)


def read_settings(model: type[Model], file: Path) -> Model:
    """Return the settings that a YAML file holds.

    Raises:
        ConfigFileError: The file cannot be read, is not YAML, or does not keep the form.
    """
    try:
        return model.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigFileError(file.name, f"cannot be read ({type(error).__name__})") from error
    except yaml.YAMLError as error:
        raise ConfigFileError(file.name, "is not YAML") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "file"
        raise ConfigFileError(file.name, f"{place}: {first['msg']}") from error
