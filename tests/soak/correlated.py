"""What correlation should have said: the fold of all that was committed, by its own code on a table in memory."""

from __future__ import annotations

from collections import deque
from typing import Any

from processors.correlation import facts as facts_of
from processors.correlation.facts import Fact
from processors.correlation.statements import standing
from schemas.codec import ColumnarDecoder
from schemas.contracts import (
    ACKS_RECEIVED,
    CLAIMS_ADJUDICATED,
    CLAIMS_LINEAGE,
    CLAIMS_SCORED,
    REMITS_RECEIVED,
)
from streams.correlation.folding import Folder, Results
from streams.correlation.reading import physical
from streams.correlation.table import MemoryTable
from tests.e2e.system import System
from tests.integration.correlation_system import IDS, LEDGER, holding

_SOURCES = ((CLAIMS_SCORED, facts_of.of_claim), (REMITS_RECEIVED, facts_of.of_remit), (ACKS_RECEIVED, facts_of.of_ack))
_MONEY = ("paid_cents", "denied_cents", "recovered_cents", "attempts", "remits")
_CHANGES = ("paid_change_cents", "denied_change_cents", "first_adjudication", "recovered_cents", "matched")


def assert_correlation_says_the_fold(system: System) -> None:
    """Compare lineages and adjudications that hold with the fold of scored claims, remittances and acknowledgements."""
    accounts = _folded(system)
    expected = {name: row for one in accounts for name, row in standing(one["lineages"], "claims.lineage").items()}
    _assert_same(holding(system, CLAIMS_LINEAGE, "lineage_id"), expected, _MONEY, "lineages")
    expected = {name: row for one in accounts for name, row in standing(one["rows"], "claims.adjudicated").items()}
    _assert_same(holding(system, CLAIMS_ADJUDICATED, "subject_id"), expected, _CHANGES, "adjudications")


def _assert_same(
    found: dict[str, dict[str, Any]], expected: dict[str, dict[str, Any]], fields: tuple[str, ...], what: str
) -> None:
    missing, foreign = expected.keys() - found.keys(), found.keys() - expected.keys()
    assert not missing, f"{len(missing)} of {len(expected)} {what} were never said"
    assert not foreign, f"{len(foreign)} {what} come of nothing"
    for field in fields:
        other = [name for name, row in expected.items() if found[name][field] != row[field]]
        assert not other, f"{len(other)} of {len(expected)} {what} have another {field}"


def _folded(system: System) -> list[dict[str, Any]]:
    """Return every account that the committed events make."""
    table = MemoryTable()
    folder = Folder(LEDGER, table, lambda _: 0)
    waiting: deque[Fact] = deque()
    for contract, maker in _SOURCES:
        values = [message.value() for message in system.committed(contract.name)]
        decoded = ColumnarDecoder(contract, IDS).decode(values)  # what cannot be read is given up
        for event in physical(decoded.frame).iter_rows(named=True):
            waiting.extend(maker(event))
    while waiting:
        results = Results()
        folder.fold(0, [waiting.popleft()], results)
        assert not results.failed, f"a fact cannot be folded: {results.failed[0][1]}"
        waiting.extend(results.facts)
    return [value for (_, key), value in table.values.items() if "lineages" in value and not key.startswith("d|")]
