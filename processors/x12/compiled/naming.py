"""How the rows of a batch are named, all at once: lineage, tokens and sealed fields as intake makes them one by one."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from processors.x12.lineage import Intake
from schemas.phi.framing import framed

_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def framed_text(*parts: str) -> str:
    """Return parts of a token's message as Tokenizer.token frames them."""
    if not "".join(parts).isascii():
        parts = tuple(unicodedata.normalize("NFC", part) for part in parts)
    return framed(parts).decode("utf-8", "surrogatepass")


def before(ends: NDArray[np.int64], row: int) -> int:
    """Return where the items of a row begin, given where those of each row end."""
    return int(ends[row - 1]) if row else 0


def texts_of(data: bytes, starts: Sequence[int], ends: Sequence[int]) -> list[str]:
    """Return the texts of spans."""
    text = data.decode("latin-1")
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


def name_events(
    intake: Intake, data: bytes, row_bytes: NDArray[np.int64], controls: tuple[str, str, str], ordinal: int
) -> tuple[list[str], list[str]]:
    """Return digest and event id of each row (Intake.lineage).

    Args:
        intake: Tenant and keys.
        data: Bytes of the block.
        row_bytes: First byte of each row in the data, and first byte after each.
        controls: ISA13, GS06 and ST02.
        ordinal: Number of the first row in the file.
    """
    spans = zip(*row_bytes.tolist(), strict=True)
    digests = [hashlib.sha256(data[start:end]).hexdigest() for start, end in spans]
    place = framed_text(*controls)
    event_ids = intake.tokenizer.tokens(intake.tenant_id, [
        f"5:event,64:{digest},{place}{len(str(number))}:{number},".encode()
        for number, digest in enumerate(digests, start=ordinal)
    ])  # fmt: skip
    return digests, event_ids


def name_controls(intake: Intake, accounts: Sequence[str]) -> list[str]:
    """Return the token of each patient control number."""
    return intake.tokenizer.tokens(intake.tenant_id, [
        f"15:patient_control,{len(account)}:{account},".encode() for account in accounts
    ])  # fmt: skip


class Above(Protocol):
    """What stands above rows and is sealed with each: a billing provider, or the header of a payment."""

    @property
    def sealed(self) -> dict[str, Any]:
        """Members of the sealed field."""


class SealedTexts:
    """Makes the texts that are sealed; what stands above the rows is written once for all below it."""

    def __init__(self) -> None:
        self._head: tuple[Above | None, bytes] = (None, b"")

    def texts(self, above: Above, written: bytes, cuts: Sequence[int]) -> list[bytes]:
        """Return the text of each row.

        Args:
            above: What stands above them.
            written: What compiled code has written of the rows, one after another.
            cuts: Where each row begins in it, and where the last ends.
        """
        if self._head[0] is not above:
            text = _encoded(above.sealed)[:-1] + ("," if above.sealed else "")
            self._head = above, text.encode("utf-8", "surrogatepass")
        head = self._head[1]
        return [head + written[cuts[at] : cuts[at + 1]] for at in range(len(cuts) - 1)]
