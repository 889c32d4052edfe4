"""The keyring: versioned master keys for sealing, one for tokens, and the tenant keys derived from them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from schemas.errors import SealError
from schemas.phi.framing import framed
from schemas.phi.keyfile import dump_keys, load_keys

KEY_BYTES = 32
_MAX_KEY_ID = 0xFFFF
_DATA = "claimstream/phi/data/1"
_TOKEN = "claimstream/phi/token/1"  # noqa: S105 - a label of the key derivation, not a secret
_RESTORE = "Restore the keyring from its backup; without its keys sealed fields stay closed."


@dataclass(frozen=True)
class Keyring:
    """Master keys of one installation.

    Tenants never share a key: theirs are derived with HKDF-SHA256 (RFC 5869).

    Attributes:
        data_keys: Master keys for sealing by key id (1 to 65535); old ones stay so that old envelopes open.
        active_key_id: The master key new envelopes are sealed with.
        token_key: Master key of tokens. It is never rotated: tokens join over time.

    Raises:
        SealError: A key is missing, short, all zero or used twice.
    """

    data_keys: Mapping[int, bytes] = field(repr=False)
    active_key_id: int
    token_key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse keys that would seal badly."""
        if self.active_key_id not in self.data_keys:
            message = f"The keyring has no data key {self.active_key_id}, which it names as active."
            raise SealError(message, _RESTORE)
        keys = [*self.data_keys.values(), self.token_key]
        if any(not 1 <= key_id <= _MAX_KEY_ID for key_id in self.data_keys):
            message = "A key id of the keyring is outside 1 to 65535."
            raise SealError(message, _RESTORE)
        if any(len(key) != KEY_BYTES or not any(key) for key in keys):
            message = f"A key of the keyring is not {KEY_BYTES} bytes long or is all zero."
            raise SealError(message, _RESTORE)
        if len(set(keys)) != len(keys):
            message = "Two keys of the keyring are the same."
            raise SealError(message, _RESTORE)

    @classmethod
    def ephemeral(cls) -> Keyring:
        """Return a keyring of fresh random keys that lives in memory only (tests, trial runs)."""
        return cls({1: secrets.token_bytes(KEY_BYTES)}, 1, secrets.token_bytes(KEY_BYTES))

    @classmethod
    def create(cls, path: Path) -> Keyring:
        """Make a new keyring file with mode 0600 and return it; an existing file is never overwritten.

        Raises:
            SealError: The file exists already or its folder cannot be written.
        """
        keyring = cls.ephemeral()
        dump_keys(path, keyring.data_keys, keyring.active_key_id, keyring.token_key)
        return keyring

    @classmethod
    def load(cls, path: Path) -> Keyring:
        """Read a keyring file.

        Raises:
            SealError: The file is missing, readable by others, damaged, or holds an unusable key.
        """
        return cls(*load_keys(path))

    def rotated(self) -> Keyring:
        """Return a keyring with one more data key for new envelopes; the old ones still open theirs."""
        key_id = max(self.data_keys) + 1
        return Keyring({**self.data_keys, key_id: secrets.token_bytes(KEY_BYTES)}, key_id, self.token_key)

    def save(self, path: Path) -> None:
        """Replace the keyring file at once, or leave it as it was; mode 0600.

        Raises:
            SealError: The folder cannot be written.
        """
        scratch = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
        dump_keys(scratch, self.data_keys, self.active_key_id, self.token_key)
        os.replace(scratch, path)  # noqa: PTH105 - the atomic call by its own name

    def tenant_data_key(self, tenant_id: str, key_id: int) -> bytes:
        """Return the sealing key of a tenant under a master key.

        Raises:
            SealError: The keyring has no such master key.
        """
        master = self.data_keys.get(key_id)
        if master is None:
            message = f"The envelope was sealed with data key {key_id}, which this keyring does not have."
            raise SealError(message, "Use the keyring of the installation that sealed it.")
        return _derived(master, _DATA, tenant_id)

    def tenant_token_key(self, tenant_id: str) -> bytes:
        """Return the token key of a tenant."""
        return _derived(self.token_key, _TOKEN, tenant_id)


def _derived(master: bytes, purpose: str, tenant_id: str) -> bytes:
    info = framed((purpose, tenant_id))
    return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=info).derive(master)
