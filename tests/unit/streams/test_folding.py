"""Folding into a table: sets meet their verdicts, the due index fires, observations are counted once."""

from __future__ import annotations

from typing import Any

from processors.adjudication.adjudicate import Adjudicator
from processors.correlation import CorrelationPolicy, Ledger
from processors.correlation.facts import Fact
from processors.correlation.statements import standing
from processors.detection.detect import Detector
from processors.rates.keeper import RateKeeper
from streams.correlation.bundles import bundled, partition_of, unbundled
from streams.correlation.folding import Folder, Results
from streams.correlation.observing import Observatory
from streams.correlation.table import DUE, MemoryTable
from tests.unit.correlation.events import (
    DAY,
    HOUR,
    START,
    Event,
    ack_277ca,
    ack_999,
    action,
    claim,
    denied_line,
    paid_line,
    remit,
)
from tests.unit.correlation.test_ledger import facts


class World:
    """One partition with its facts fed back, as the fact topic does."""

    def __init__(self, table: MemoryTable | None = None, *, observe: bool = False) -> None:
        self.table = MemoryTable() if table is None else table
        self.now = 0
        self.offset = 0
        observatory = Observatory(Detector.shipped(), RateKeeper.shipped()) if observe else None
        ledger = Ledger(CorrelationPolicy.shipped(), Adjudicator.shipped())
        self.folder = Folder(ledger, self.table, lambda _: self.now, observatory)
        self.said: list[tuple[str, dict[str, Any]]] = []
        self.log: list[list[Fact]] = []

    def give(self, some: list[Fact]) -> None:
        waiting = [some]
        while waiting:
            bundle = waiting.pop(0)
            self.log.append(bundle)
            results = self.replay(bundle, self.offset)
            self.offset += 1
            if results.facts:
                waiting.append(results.facts)

    def replay(self, bundle: list[Fact], offset: int) -> Results:
        results = Results()
        self.folder.fold(0, bundle, results, offset)
        assert not results.failed, results.failed
        self.said += [(one.contract, one.row) for one in results.statements]
        return results

    def look(self) -> int:
        """Let the clock work; return how many keys were due."""
        results = Results()
        due = self.folder.look(0, results)
        self.give(results.facts)
        return due

    def rows(self, contract: str) -> list[dict[str, Any]]:
        return [row for name, row in self.said if name == contract]


def test_a_999_reaches_every_claim_of_its_set_whichever_comes_first() -> None:
    def own(number: int) -> Event:
        return {**claim(number), "patient_control_token": f"pct-{number}", "set_token": "set-1"}

    for order in (0, 1):
        world = World()
        parts = [facts(own(1), own(2)), facts(ack_999("s", START + HOUR // 2))]
        for part in parts[:: 1 - 2 * order]:
            world.give(part)
        accounts = [v for (_, key), v in world.table.values.items() if key.startswith("a|")]
        assert len(accounts) == 2
        for account in accounts:
            [row] = standing(account["lineages"], "claims.lineage").values()
            assert row["first_999_accepted"] is True


def test_the_due_index_has_one_entry_an_account_and_fires_at_its_time() -> None:
    world = World()
    world.give(facts(claim()))
    due = [key for _, key in world.table.values if key.startswith(DUE)]
    assert len(due) == 1
    world.now = START + HOUR - 1
    assert world.look() == 0
    world.now = START + HOUR
    assert world.look() == 1
    assert [row["kind"] for row in world.rows("alerts")] == ["missing_999"]
    assert world.look() == 0, "an alert fires once"
    world.give(facts(ack_277ca("a", START + 2 * HOUR, "A2", payer="P1")))
    assert len([key for _, key in world.table.values if key.startswith(DUE)]) == 1


def test_a_failing_fact_changes_nothing_and_the_others_go_on() -> None:
    world = World()
    good, bad = facts(claim())[0], {"type": "claim", "id": "x", "key": "a|t1|x", "tenant_id": "t1", "at": 0}
    results = Results()
    world.folder.fold(0, [bad, good], results)
    assert [fact["id"] for fact, _ in results.failed] == ["x"]
    assert ("a|t1|x") not in {key for _, key in world.table.values}
    assert world.table.read(0, good["key"]) is not None


def adjudications(first: int, last: int, *, denied_every: int) -> list[Fact]:
    made = []
    for number in range(first, last):
        lines = [denied_line(1, "99213"), denied_line(2, "93000")]
        denied = number % denied_every == 0
        if not denied:
            lines = [paid_line(1, "99213"), paid_line(2, "93000")]
        at = START + number * HOUR // 4
        own = {"patient_control_token": f"pct-{number}"}
        made += facts(
            {**claim(number, at - 15 * DAY), **own},
            {**remit(str(number), at, lines, status="4" if denied else "1"), **own},
        )
    return made


def test_a_planted_shift_alerts_and_rates_are_told_each_counted_once_whatever_is_replayed() -> None:
    world = World(observe=True)
    for start in range(0, 1500, 50):
        world.give(adjudications(start, start + 50, denied_every=20))
    assert not [row for row in world.rows("alerts") if row["kind"] == "denial_spike"]
    for start in range(1500, 1800, 50):
        world.give(adjudications(start, start + 50, denied_every=3))
    [first, *_] = [row for row in world.rows("alerts") if row["kind"] == "denial_spike"]
    assert (first["state"], first["payer_id"], first["root_cause_group"]) == ("opened", "P1", "authorization")
    rates = [row for row in world.rows("history.rates") if row["scope"] == "payer" and row["measure"] == "denial_rate"]
    assert rates[-1]["key"] == "P1"
    before = {place: dict(value) for place, value in world.table.values.items()}
    said = len(world.said)
    for offset, bundle in enumerate(world.log):
        world.replay(bundle, offset)
    assert world.table.values == before
    assert len(world.said) == said, "a replay said something"


def test_only_what_changes_a_count_is_observed_and_only_rates_take_something_back() -> None:
    world = World(observe=True)

    def observed(*events: Event) -> list[tuple[str, int]]:
        results = world.replay(facts(*events), world.offset)
        world.offset += 1
        return [(fact["key"][:2], fact["event"]["sign"]) for fact in results.facts if fact["type"] == "observation"]

    world.give(facts(claim(1)))
    denied = remit("1", START + 20 * DAY, [denied_line(1, "99213"), denied_line(2, "93000")], status="4")
    assert observed(denied) == [("o|", 1), ("r|", 1)]
    stated = len(world.rows("claims.adjudicated"))
    assert observed(action("1", START + 21 * DAY, outcome="appealed")) == []
    assert len(world.rows("claims.adjudicated")) == stated + 2, "the row was stated anew, with the same counts"
    paid = remit("2", START + 15 * DAY, [paid_line(1, "99213"), paid_line(2, "93000")])
    # An earlier payment turns up late: it is the first adjudication now.
    assert sorted(observed(paid)) == [("o|", 1), ("r|", -1), ("r|", 1)]


def test_the_alert_of_a_payer_that_falls_silent_ends_by_the_clock_also_after_a_restart() -> None:
    world = World(observe=True)
    for start in range(0, 1500, 50):
        world.give(adjudications(start, start + 50, denied_every=20))
    for start in range(1500, 1600, 50):
        world.give(adjudications(start, start + 50, denied_every=3))
    opened = [row for row in world.rows("alerts") if row["state"] == "opened"]
    assert "denial_spike" in {row["kind"] for row in opened}
    last = START + 1600 * HOUR // 4
    ended = []
    for day in range(60):
        restarted = World(world.table, observe=True)
        restarted.now = last + day * DAY
        while restarted.look():
            pass
        ended += [row for row in restarted.rows("alerts") if row["kind"] == "denial_spike"]
    assert [(row["state"], row["revision"]) for row in ended] == [("resolved", 2)]
    [row] = ended
    accept_days = Detector.shipped().settings.test.accept_days
    [first] = [one for one in opened if one["kind"] == "denial_spike"]
    assert row["alert_id"] == first["alert_id"]
    assert row["resolved_at"] == (first["opened_at"] // DAY + accept_days + 1) * DAY
    assert not [key for _, key in world.table.values if key.startswith(DUE) and "|o|" in key], "nothing is awaited"


def test_a_reason_code_without_a_mapping_alerts_once() -> None:
    world = World(observe=True)
    for number in (1, 2):
        own = {"patient_control_token": f"pct-{number}"}
        lines = [denied_line(1, "99213", "ZZ9"), denied_line(2, "93000", "ZZ9")]
        world.give(facts({**claim(number), **own}, {**remit(str(number), START + DAY, lines, status="4"), **own}))
    assert [row["title"] for row in world.rows("alerts") if row["kind"] == "unmapped_code"] == [
        "Reason code ZZ9 is not in carc_groups.csv"
    ]


def test_bundles_carry_every_fact_to_the_partition_of_its_key() -> None:
    some = adjudications(0, 300, denied_every=2)
    found = []
    for record in bundled(some, 4):
        for fact in unbundled(record.value):
            assert partition_of(fact["key"], 4) == record.partition
            found.append(fact["id"])
    assert sorted(found) == sorted(fact["id"] for fact in some)


def test_facts_of_one_account_in_a_bundle_are_stated_once_and_a_bad_one_among_them_takes_none_along() -> None:
    world = World()
    together = facts(claim(), ack_277ca("a", START + 2 * HOUR, "A1"), ack_277ca("b", START + 3 * HOUR, "A2"))
    world.give(together)
    assert [row["sign"] for row in world.rows("claims.lineage")] == [1]
    assert world.rows("claims.lineage")[0]["state"] == "accepted_payer"
    bad = {"type": "remit", "id": "bad", "key": together[0]["key"], "tenant_id": "t1", "at": START + DAY}
    good = facts(remit("1", START + 20 * DAY, [paid_line(1, "99213"), paid_line(2, "93000")]))
    results = Results()
    world.folder.fold(0, [bad, *good], results, 7)
    assert [fact["id"] for fact, _ in results.failed] == ["bad"]
    [account] = [value for (_, key), value in world.table.values.items() if key.startswith("a|")]
    assert [row["state"] for row in standing(account["lineages"], "claims.lineage").values()] == ["paid"]
