"""The tokenizer: keyed hashes that join records of one tenant without naming anybody."""

from __future__ import annotations

import hmac
import re
import unicodedata

from schemas.phi.framing import framed
from schemas.phi.keyring import Keyring

_TOKEN_BYTES = 16  # 128 bits: no collision in sight at 10^12 tokens
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
        self._keys: dict[str, bytes] = {}

    def token(self, tenant_id: str, kind: str, *parts: str) -> str:
        """Return the token of exact parts: case, blanks and punctuation count.

        Args:
            tenant_id: Tenant the token is for.
            kind: What is hidden, such as claim; tokens of different kinds are unrelated.
            parts: The identifying texts; only their Unicode composition is unified (NFC).
        """
        composed = (part if part.isascii() else unicodedata.normalize("NFC", part) for part in parts)
        return self._digest(tenant_id, framed((kind, *composed)))

    def patient_token(self, tenant_id: str, *parts: str) -> str:
        """Return the token of a patient's identity, forgiving the way it was typed.

        Args:
            tenant_id: Tenant the token is for.
            parts: Member id, date of birth, names, always in the same order. Case, accents, blanks and
                punctuation do not count.
        """
        return self._digest(tenant_id, framed(("patient", *map(_normalised, parts))))

    def _digest(self, tenant_id: str, message: bytes) -> str:
        key = self._keys.get(tenant_id)
        if key is None:
            key = self._keyring.tenant_token_key(tenant_id)
            if len(self._keys) >= _MAX_CACHED:
                self._keys.clear()
            self._keys[tenant_id] = key
        return hmac.digest(key, message, "sha256")[:_TOKEN_BYTES].hex()


def _normalised(part: str) -> str:
    if not part.isascii():
        # NFKD sets accents apart as marks, which the pattern then drops.
        part = "".join(c for c in unicodedata.normalize("NFKD", part) if not unicodedata.combining(c))
    upper = part.upper()
    return upper if upper.isalnum() else _NOT_ALPHANUMERIC.sub("", upper)
