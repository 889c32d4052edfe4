"""The keyring file: JSON with base64 keys, readable by its owner alone."""

from __future__ import annotations

import base64
import binascii
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from schemas.errors import SealError

_FORMAT = 1


def load_keys(path: Path) -> tuple[dict[int, bytes], int, bytes]:
    """Read data keys by id, the active key id and the token key from a keyring file.

    Raises:
        SealError: The file is missing, readable by others, or not a whole keyring file.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = file.read()
    except OSError as error:
        message = f"The keyring file cannot be read ({error.strerror})."
        raise SealError(message, "Give the path of the keyring, or make a new one for a new installation.") from None
    if mode & 0o077:
        message = f"The keyring file can be read by other users (mode {mode:04o})."
        raise SealError(message, "Run chmod 600 on it, and replace its keys if others had access.")
    try:
        return _parsed(content)
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        message = "The keyring file is damaged: it is not a whole JSON keyring."
        # The cause is dropped on purpose: a JSON error carries the text, and the text is keys.
        raise SealError(message, "Restore it from its backup.") from None


def dump_keys(path: Path, data_keys: Mapping[int, bytes], active_key_id: int, token_key: bytes) -> None:
    """Write a keyring file that does not exist yet, mode 0600, and see it on disk.

    Raises:
        SealError: The file exists already or the folder cannot be written.
    """
    document = {
        "format": _FORMAT,
        "active": active_key_id,
        "data_keys": {str(key_id): _text(key) for key_id, key in data_keys.items()},
        "token_key": _text(token_key),
    }
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            os.fchmod(descriptor, 0o600)
            json.dump(document, file, indent=1)
            file.flush()
            os.fsync(descriptor)
    except FileExistsError:
        message = "A keyring file exists at that path already."
        raise SealError(message, "Use it, or choose another path; overwriting it would lose sealed data.") from None
    except OSError as error:
        message = f"The keyring file cannot be written ({error.strerror})."
        raise SealError(message, "Check that the folder exists and can be written.") from None


def _parsed(content: bytes) -> tuple[dict[int, bytes], int, bytes]:
    document = json.loads(content)
    if document["format"] != _FORMAT or not isinstance(document["active"], int):
        raise ValueError
    data_keys = {int(key_id): _bytes(key) for key_id, key in document["data_keys"].items()}
    return data_keys, document["active"], _bytes(document["token_key"])


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
