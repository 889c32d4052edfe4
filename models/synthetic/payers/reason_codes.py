"""How payers state a denial: group, adjustment reason and remark of each of the sixteen reasons."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import yaml

from models.synthetic.profiles import REASONS
from models.synthetic.world import Flags, Index, Numbers

_FILE = Path(__file__).parent / "reason_codes.yaml"
_NO_REMARK = "-"


@dataclass(frozen=True)
class ReasonCodes:
    """All statements, one behind the other.

    Attributes:
        group: Adjustment group of each statement.
        carc: Adjustment reason code.
        rarc: Remark code; null for none.
        edges: Cumulated shares within a reason, the reason's number added: ascending throughout.
        by_line: Reasons that deny single lines.
    """

    group: tuple[str, ...]
    carc: tuple[str, ...]
    rarc: tuple[str | None, ...]
    edges: Numbers
    by_line: Flags

    def draw(self, reason: Index, draw: Numbers) -> Index:
        """Return the statement of each reason; `draw` is uniform in 0..1."""
        chosen: Index = np.searchsorted(self.edges, reason + np.minimum(draw, 1 - 1e-9), side="right").astype(np.int64)
        return np.minimum(chosen, len(self.group) - 1)


@lru_cache(maxsize=1)
def the_reason_codes() -> ReasonCodes:
    """Return the statements of the file."""
    table = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    rows: list[tuple[str, str, str | None]] = []
    edges: list[float] = []
    for number, reason in enumerate(REASONS):
        codes = table[reason]["codes"]
        total, passed = sum(code[3] for code in codes), 0.0
        for group, carc, rarc, weight in codes:
            passed += weight
            rows.append((group, carc, None if rarc == _NO_REMARK else rarc))
            edges.append(number + passed / total)
    group, carc, rarc = zip(*rows, strict=True)
    by_line = np.array([bool(table[reason].get("lines")) for reason in REASONS])
    return ReasonCodes(group, carc, rarc, np.array(edges), by_line)
