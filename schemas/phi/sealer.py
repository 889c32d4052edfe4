"""The sealer: AES-256-GCM envelopes bound to tenant, schema and claim."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Sequence
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from schemas.errors import SealError
from schemas.phi.framing import framed
from schemas.phi.keyring import Keyring

_VERSION = 1
_HEADER = struct.Struct(">BH")  # envelope version, key id
_NONCE_BYTES = 12
_TAG_BYTES = 16
_START = _HEADER.size + _NONCE_BYTES
_MAX_CACHED = 4096  # tenants and schemas are few; the bound only guards against hostile ids
_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Sealer:
    """Seals and opens the phi field.

    An envelope is: version (1 byte), key id (2 bytes), random 96-bit nonce, ciphertext, 128-bit tag. Its
    associated data are the envelope header, tenant, schema name and claim id, each with its length, so an
    envelope moved to another claim, tenant or schema does not open (AES-GCM, NIST SP 800-38D).

    Args:
        keyring: Keys of the installation.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._header = _HEADER.pack(_VERSION, keyring.active_key_id)
        self._ciphers: dict[tuple[str, int], AESGCM] = {}
        self._scopes: dict[tuple[str, str], bytes] = {}

    def seal(self, plaintext: bytes, tenant_id: str, schema_name: str, claim_id: str) -> bytes:
        """Return the envelope of a plaintext that belongs to one claim.

        Args:
            plaintext: What to hide.
            tenant_id: Tenant of the claim.
            schema_name: Contract the envelope travels in, such as claims.submitted.
            claim_id: The claim's id.
        """
        associated = self._header + self._associated(tenant_id, schema_name, claim_id)
        nonce = self._nonce(tenant_id, associated, plaintext)
        cipher = self._cipher(tenant_id, self._keyring.active_key_id)
        return self._header + nonce + cipher.encrypt(nonce, plaintext, associated)

    def seal_all(
        self, plaintexts: Sequence[bytes], tenant_id: str, schema_name: str, claim_ids: Sequence[str]
    ) -> list[bytes]:
        """Return the envelopes of plaintexts that belong to one claim each."""
        header, nonce_of = self._header, self._nonce
        scope = header + self._associated(tenant_id, schema_name, "")[: -len(framed(("",)))]
        encrypt = self._cipher(tenant_id, self._keyring.active_key_id).encrypt
        sealed = []
        for plaintext, claim_id in zip(plaintexts, claim_ids, strict=True):
            associated = scope + framed((claim_id,))
            nonce = nonce_of(tenant_id, associated, plaintext)
            sealed.append(header + nonce + encrypt(nonce, plaintext, associated))
        return sealed

    def open(self, envelope: bytes, tenant_id: str, schema_name: str, claim_id: str) -> bytes:
        """Return the plaintext of an envelope.

        Raises:
            SealError: The envelope is altered, of another claim, tenant or schema, or of an unknown key.
        """
        if len(envelope) < _START + _TAG_BYTES:
            message = "The sealed field is too short to be an envelope."
            raise SealError(message, "Send the event again from its source.")
        version, key_id = _HEADER.unpack_from(envelope)
        if version != _VERSION:
            message = f"The sealed field has envelope version {version}; this program reads {_VERSION}."
            raise SealError(message, "Upgrade this program, or check that the field is a sealed one.")
        cipher = self._cipher(tenant_id, key_id)
        associated = envelope[: _HEADER.size] + self._associated(tenant_id, schema_name, claim_id)
        try:
            return cipher.decrypt(envelope[_HEADER.size : _START], envelope[_START:], associated)
        except InvalidTag:
            message = "The sealed field does not open: altered, or of another claim, tenant or keyring."
            raise SealError(message, "Check the keyring, then send the event again from its source.") from None

    def seal_json(self, fields: dict[str, Any], tenant_id: str, schema_name: str, claim_id: str) -> bytes:
        """Return the envelope of fields as JSON.

        Raises:
            SealError: A value has no JSON form.
        """
        try:
            plaintext = _encoded(fields).encode("utf-8", "surrogatepass")
        except (TypeError, ValueError, RecursionError):
            message = "The fields to seal hold a value without a JSON form."
            raise SealError(message, "Give texts, numbers, lists and objects only.") from None
        return self.seal(plaintext, tenant_id, schema_name, claim_id)

    def open_json(self, envelope: bytes, tenant_id: str, schema_name: str, claim_id: str) -> dict[str, Any]:
        """Return the fields of an envelope made by seal_json.

        Raises:
            SealError: The envelope does not open, or holds something else than fields.
        """
        plaintext = self.open(envelope, tenant_id, schema_name, claim_id)
        try:
            fields = json.loads(plaintext.decode("utf-8", "surrogatepass"))
        except ValueError:
            fields = None
        if not isinstance(fields, dict):
            message = "The sealed field opens but does not hold named fields."
            raise SealError(message, "Read it with the program that sealed it.")
        return fields

    def _nonce(self, tenant_id: str, associated: bytes, plaintext: bytes) -> bytes:
        del tenant_id, associated, plaintext
        return os.urandom(_NONCE_BYTES)

    def _cipher(self, tenant_id: str, key_id: int) -> AESGCM:
        cipher = self._ciphers.get((tenant_id, key_id))
        if cipher is None:
            cipher = AESGCM(self._keyring.tenant_data_key(tenant_id, key_id))
            if len(self._ciphers) >= _MAX_CACHED:
                self._ciphers.clear()
            self._ciphers[tenant_id, key_id] = cipher
        return cipher

    def _associated(self, tenant_id: str, schema_name: str, claim_id: str) -> bytes:
        scope = self._scopes.get((tenant_id, schema_name))
        if scope is None:
            scope = framed((tenant_id, schema_name))
            if len(self._scopes) >= _MAX_CACHED:
                self._scopes.clear()
            self._scopes[tenant_id, schema_name] = scope
        return scope + framed((claim_id,))


class RepeatableSealer(Sealer):
    """Seals the same fields of the same event to the same bytes: for synthetic data that is made again.

    The nonce is a keyed hash (BLAKE2b, RFC 7693) of everything that is sealed, under the tenant's own token key, so
    that two nonces are equal only where the whole message is, as in the synthetic-IV construction (RFC 5297). Whoever
    sees two envelopes learns whether they hold the same; real data get random nonces instead.

    Args:
        keyring: Keys of the installation.
    """

    def __init__(self, keyring: Keyring) -> None:
        super().__init__(keyring)
        self._keys: dict[str, bytes] = {}

    def _nonce(self, tenant_id: str, associated: bytes, plaintext: bytes) -> bytes:
        key = self._keys.get(tenant_id)
        if key is None:
            key = self._keys[tenant_id] = self._keyring.tenant_token_key(tenant_id)
        return hashlib.blake2b(associated + plaintext, digest_size=_NONCE_BYTES, key=key, person=b"nonce").digest()
