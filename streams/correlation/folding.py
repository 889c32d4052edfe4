"""Folding: a batch of bundles into the table, each fact where it belongs; pure but for the table it works on.

The clock speaks by facts, too: what is due becomes a *tick* in the log of facts, and only its folding says something.
A worker that dies between its results and its state therefore meets facts and clock again in the same order, and says
the same under the same event ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from processors.correlation.facts import Fact
from processors.correlation.ledger import Ledger, Outcome, unknown
from processors.correlation.statements import Statement
from streams.correlation.observing import DETECTION, RATES, Observatory, observed
from streams.correlation.table import DUE, Table, due_key, key_of_due

DUE_AT_ONCE = 500
TICK = "tick"
"""Type of the fact that something is due; its id is the entry of the due index."""
_END = "\x7f"


@dataclass
class Results:
    """What a batch leads to.

    Attributes:
        statements: Events to publish.
        facts: Facts for other keys.
        failed: Facts that could not be folded, each with the error.
    """

    statements: list[Statement] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    failed: list[tuple[Fact, Exception]] = field(default_factory=list)


@dataclass(frozen=True)
class Folder:
    """Folds facts into a table.

    Attributes:
        ledger: Folds an account.
        table: State.
        clock: Returns the instant that holds for a partition, microseconds.
        observatory: Counts observations; None makes none.
    """

    ledger: Ledger
    table: Table
    clock: Callable[[int], int]
    observatory: Observatory | None = None

    def fold(
        self, partition: int, facts: Sequence[Fact], results: Results, offset: int = 0, now: int | None = None
    ) -> None:
        """Fold facts of one partition, those of one account together; one that fails changes nothing.

        A bundle is a record: it comes again as it was, and so do the events that its facts make together.

        Args:
            partition: The partition.
            facts: Facts of one bundle.
            results: What they lead to is added here.
            offset: Offset of the bundle.
            now: The clock that holds for the bundle, the same whenever it is folded; None asks `clock`.
        """
        together: dict[str, list[tuple[int, Fact]]] = {}
        for number, fact in enumerate(facts):
            key = fact["key"] if fact["key"].startswith("a|") and fact["type"] != TICK else f"{number}"
            together.setdefault(key, []).append((number, fact))
        if now is None:
            now = self.clock(partition)
        for group in together.values():
            self._fold_or_set_aside([partition, offset], group, now, results)

    def _fold_or_set_aside(self, place: list[int], group: list[tuple[int, Fact]], now: int, results: Results) -> None:
        try:
            self._fold([*place, group[-1][0]], [fact for _, fact in group], now, results)
        except Exception as error:  # a poison fact is set aside, the others go on
            if len(group) == 1:
                results.failed.append((group[0][1], error))
                if group[0][1]["type"] == TICK:  # it would come again every second
                    self.table.write(place[0], group[0][1]["id"], None)
                return
            for one in group:
                self._fold_or_set_aside(place, [one], now, results)

    def _fold(self, place: list[int], facts: list[Fact], now: int, results: Results) -> None:
        partition, fact = place[0], facts[0]
        if fact["type"] == TICK:
            self._tick(partition, fact, results)
            return
        if fact["key"].startswith((DETECTION, RATES)):
            if self.observatory is not None:
                results.statements += self.observatory.take(self.table, partition, fact)
            return
        if fact["key"].startswith("s|"):
            results.facts += self._meet(partition, fact)
            return
        before = self.table.read(partition, fact["key"])
        outcome = self.ledger.apply(before, facts, now)
        self._keep(partition, fact["key"], before, outcome, results)
        if self.observatory is not None and outcome.account is not None and outcome.account is not before:
            new = list(unknown(before, facts).values())
            results.facts += observed(new, outcome.statements, outcome.account, place)

    def _keep(
        self, partition: int, key: str, before: dict[str, Any] | None, outcome: Outcome, results: Results
    ) -> None:
        after = outcome.account
        if after is before:
            return
        was, due = (one["due"] if one else None for one in (before, after))
        self.table.write(partition, key, after)
        if was != due:
            if was is not None:
                self.table.write(partition, due_key(was, key), None)
            if due is not None:
                self.table.write(partition, due_key(due, key), {})
        results.statements += outcome.statements

    def _meet(self, partition: int, fact: Fact) -> Iterator[Fact]:
        """Bring the claims of a transaction set and the verdict about it together, whichever comes first."""
        member = fact["type"] == "member"
        mine, theirs = (f"{fact['key']}|{kind}|" for kind in ("mm", "vv")[:: 1 if member else -1])
        own = f"{mine}{fact['account'] if member else fact['id']}"
        if self.table.read(partition, own) is not None:
            return
        self.table.write(partition, own, fact)
        for key in self.table.keys(partition, theirs, theirs + _END, 1_000_000):
            other = self.table.read(partition, key)
            assert other is not None  # noqa: S101 - just listed
            ack, claim = (other, fact) if member else (fact, other)
            yield {**ack, "key": claim["account"]}

    def look(self, partition: int, results: Results) -> int:
        """Add a tick for each key of a partition that is due; return how many. Nothing is changed before they fold."""
        now = self.clock(partition)
        due = self.table.keys(partition, DUE, f"{DUE}{now + 1:020d}", DUE_AT_ONCE)
        for index in due:
            key = key_of_due(index)
            results.facts.append({"type": TICK, "id": index, "key": key, "tenant_id": key.split("|", 2)[1], "at": now})
        return len(due)

    def _tick(self, partition: int, tick: Fact, results: Results) -> None:
        """Let the clock work on one key, unless it has done so or another instant holds for it by now."""
        index, key = tick["id"], tick["key"]
        if key.startswith(DETECTION) and self.observatory is not None:
            results.statements += self.observatory.sweep(self.table, partition, index, tick["at"])
            return
        account = self.table.read(partition, key)
        if account is None or account["due"] is None or due_key(account["due"], key) != index:
            self.table.write(partition, index, None)
            return
        self._keep(partition, key, account, self.ledger.look(account, tick["at"]), results)
