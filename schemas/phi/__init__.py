"""The sealed phi field: keys, AES-256-GCM envelopes and keyed tokens."""

from schemas.phi.keyring import Keyring
from schemas.phi.sealer import RepeatableSealer, Sealer
from schemas.phi.tokenizer import Tokenizer

__all__ = ["Keyring", "RepeatableSealer", "Sealer", "Tokenizer"]
