"""An X12 file given by an operator, and how it is read without publishing anything."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from processors.x12 import Intake
from schemas.errors import BadInputError
from schemas.phi import Keyring, Sealer, Tokenizer

LOCAL_TENANT = "local"


def require_file(file: Path) -> Path:
    """Return the file.

    Raises:
        BadInputError: It is missing or cannot be read.
    """
    if not file.is_file():
        msg = f"There is no file {file}."
        raise BadInputError(msg, "Give the path of an X12 file.")
    try:
        file.open("rb").close()
    except OSError as error:
        msg = f"The file {file} cannot be read: {error.strerror}."
        raise BadInputError(msg, "Check its permissions.") from error
    return file


def intake_of(keyring: Keyring | None = None, tenant_id: str = LOCAL_TENANT) -> Intake:
    """Return an intake of now; without a keyring, under keys that are forgotten when the command ends."""
    keys = keyring or Keyring.ephemeral()
    return Intake(tenant_id, Sealer(keys), Tokenizer(keys), datetime.now(UTC))
