"""Claims to be written as 837: canonical JSON with their identifying data."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from claimstream.settings import Settings
from claimstream.x12.files import require_file
from schemas.edges import Claim
from schemas.errors import BadInputError
from schemas.phi import Keyring, Sealer


def claims_with_phi(file: Path, settings: Settings) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield claims of a JSON-lines file with their opened identifying data.

    A line is a claim in canonical JSON, with its identifying data as `phi_fields`, or sealed in `phi` under the
    keyring of this installation.

    Raises:
        BadInputError: A line is not a claim.
        SealError: A sealed field does not open.
    """
    sealer: Sealer | None = None
    for number, line in enumerate(_lines(file), 1):
        try:
            fields = json.loads(line)
            opened = fields.pop("phi_fields", None)
        except (ValueError, AttributeError, TypeError):
            msg = f"Line {number} is not a claim in JSON."
            raise BadInputError(msg, "Give one claim a line, as ingest --out jsonl writes them.") from None
        event = Claim.parse(fields).to_event()
        if opened is None and event["phi"] is not None:
            sealer = sealer or Sealer(Keyring.load(settings.keyring_path))
            opened = sealer.open_json(event["phi"], event["tenant_id"], "claims.submitted", event["claim_id"])
        yield event, opened or {}


def _lines(file: Path) -> Iterator[str]:
    if str(file) == "-":
        yield from (line for line in sys.stdin if line.strip())
        return
    with require_file(file).open(encoding="utf-8") as stream:
        yield from (line for line in stream if line.strip())
