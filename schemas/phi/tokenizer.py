"""The tokenizer: keyed hashes that join records of one tenant without naming anybody."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from schemas.phi.framing import framed
from schemas.phi.keyring import Keyring

_TOKEN_DIGITS = 32  # 128 bits: no collision in sight at 10^12 tokens
_BLOCK_BYTES = 64
_MAX_CACHED = 4096
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


class Tokenizer:
    """Makes tokens: HMAC-SHA256 under the tenant's own key, cut to 128 bits, as 32 hex digits.

    Equal inputs give equal tokens within a tenant and unrelated ones in another tenant.

    Args:
        keyring: Keys of the installation.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._states: dict[str, tuple[hashlib._Hash, hashlib._Hash]] = {}

    def token(self, tenant_id: str, kind: str, *parts: str) -> str:
        """Return the token of exact parts: case, blanks and punctuation count.

        Args:
            tenant_id: Tenant the token is for.
            kind: What is hidden, such as claim; tokens of different kinds are unrelated.
            parts: The identifying texts; only their Unicode composition is unified (NFC).
        """
        if not "".join(parts).isascii():
            parts = tuple(unicodedata.normalize("NFC", part) for part in parts)
        return self._digest(tenant_id, framed((kind, *parts)))

    def patient_token(self, tenant_id: str, *parts: str) -> str:
        """Return the token of a patient's identity, forgiving the way it was typed.

        Args:
            tenant_id: Tenant the token is for.
            parts: Member id, date of birth, names, always in the same order. Case, accents, blanks and
                punctuation do not count.
        """
        return self._digest(tenant_id, framed(("patient", *map(_normalised, parts))))

    def tokens(self, tenant_id: str, messages: Iterable[bytes]) -> list[str]:
        """Return the tokens of messages that were framed elsewhere, as token and patient_token frame theirs.

        Args:
            tenant_id: Tenant the tokens are for.
            messages: Kind and parts of each, framed and normalised.
        """
        digest = self._digest
        return [digest(tenant_id, message) for message in messages]

    def _digest(self, tenant_id: str, message: bytes) -> str:
        states = self._states.get(tenant_id)
        if states is None:
            states = _hmac_states(self._keyring.tenant_token_key(tenant_id))
            if len(self._states) >= _MAX_CACHED:
                self._states.clear()
            self._states[tenant_id] = states
        inner, outer = states[0].copy(), states[1].copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.hexdigest()[:_TOKEN_DIGITS]


def _hmac_states(key: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    """Return SHA-256 after the two padded keys of HMAC (RFC 2104); copies of them are quick."""
    padded = key.ljust(_BLOCK_BYTES, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
    return inner, hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))


def _normalised(part: str) -> str:
    if not part.isascii():
        # NFKD sets accents apart as marks, which the pattern then drops.
        part = "".join(c for c in unicodedata.normalize("NFKD", part) if not unicodedata.combining(c))
    upper = part.upper()
    return upper if upper.isalnum() else _NOT_ALPHANUMERIC.sub("", upper)
