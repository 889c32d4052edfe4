"""Observations: what first adjudications and acknowledgements say of payers, given to detection and to rates.

They travel through the fact topic under keys of their own, so that all of one payer (detection) and all of one tenant
(rates) meet in one place. Counters are no overwrites: each observation therefore carries the place of the fact that
caused it, and the last place of each source partition is kept beside the counters. A repeated one counts nothing.

While a payer has an open alert, the due index wakes its key once a day: a payer that falls silent sends nothing that
could end the alert.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from processors.correlation.facts import Fact
from processors.correlation.statements import SOURCE, Statement, event_id
from processors.detection.detect import Detector
from processors.rates.keeper import RateKeeper
from streams.correlation.table import Table, due_key, key_of_due

DETECTION = "o|"
RATES = "r|"
_BOTH, _RATES_ALONE = (DETECTION, RATES), (RATES,)
_DAY_US = 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OF_ADJUDICATION = (
    "_hash", "subject_id", "kind", "sign", "revision", "first_adjudication", "lineage_id", "payer_id", "billing_npi",
    "outcome", "root_cause_group", "unmapped_codes", "denied_cents", "expected_allowed_cents", "payer_lag_days",
    "lines",
)  # fmt: skip
"""What detection and rates read of a row of claims.adjudicated."""
_ALERT_FIELDS = (
    "payer_id", "provider_npi", "root_cause_group", "procedure_code", "modifier", "clearinghouse_id", "amount_cents",
)  # fmt: skip


def observed(
    facts: Sequence[Fact], statements: list[Statement], account: dict[str, Any], place: list[int]
) -> Iterator[Fact]:
    """Yield the observations that facts lead to which were folded together.

    Args:
        facts: The facts, at least one; the account did not have them before.
        statements: What was said because of them.
        account: The account after them.
        place: Partition, offset and position of the last of them.
    """
    seen = [(number, _adjudication(one.row, account)) for number, one in enumerate(statements)
            if one.contract == "claims.adjudicated"]  # fmt: skip
    counted = [(number, row) for number, row in seen if row is not None]
    for at, (number, row) in enumerate(counted):
        if not _cancelled(row, [other for _, other in counted[max(0, at - 1) : at + 2]]):
            # Detection looks at what is new alone, rates take back what was wrong.
            to = _BOTH if row["sign"] > 0 and row["revision"] == 1 else _RATES_ALONE
            yield from _facts(facts[-1], row, [*place, number], to)
    for number, fact in enumerate(facts, len(statements)):
        verdict = _verdict(fact, account)
        if verdict is not None:
            yield from _facts(fact, verdict, [*place, number], _BOTH)


def _adjudication(row: dict[str, Any], account: dict[str, Any]) -> dict[str, Any] | None:
    if row["kind"] != "claim" or not row["first_adjudication"]:
        return None
    kept = {name: row[name] for name in _OF_ADJUDICATION}
    claim: Fact = account["facts"].get(row["claim_event_id"], {})
    return kept | {"at": row["as_of"], "principal_diagnosis": claim.get("principal_diagnosis")}


def _cancelled(row: dict[str, Any], beside: list[dict[str, Any]]) -> bool:
    """Return whether the statement before or after this one says the same with the other sign: nothing to count."""
    return any(other["sign"] == -row["sign"] and _counted(other) == _counted(row) for other in beside)


def _counted(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("sign", "revision", "at")}


def _verdict(fact: Fact, account: dict[str, Any]) -> dict[str, Any] | None:
    if fact["type"] != "ack" or fact["accepted"] is None:
        return None
    claims = [one for one in account["facts"].values() if one["type"] == "claim"]
    claim: Fact = max(claims, key=lambda one: (one["at"] <= fact["at"], one["at"]), default={})
    names = ("payer_id", "clearinghouse_id", "expected_allowed_cents")
    lineage = next(iter(account["lineages"]), None)
    return {
        "kind": "ack_277ca" if fact["ack_type"] == "277CA" else "ack_999",
        "rejected": not fact["accepted"],
        **{name: claim.get(name) for name in names},
        "lineage_id": lineage,
        "tenant_id": fact["tenant_id"],
        "_hash": fact["_hash"],
        "at": fact["at"],
    }


def _facts(fact: Fact, event: dict[str, Any], cause: list[int], to: tuple[str, ...]) -> Iterator[Fact]:
    tenant = fact["tenant_id"]
    keys = {DETECTION: f"{DETECTION}{tenant}|{event['payer_id'] or ''}", RATES: f"{RATES}{tenant}"}
    for key in [keys[one] for one in to]:
        yield {"type": "observation", "id": f"{fact['id']}:{cause[-1]}", "key": key, "tenant_id": tenant,
               "at": event["at"], "cause": cause, "event": event}  # fmt: skip


class Drawer(MutableMapping[str, Any]):
    """A part of the table under a prefix, as detection and rates take their state.

    Args:
        table: The table.
        partition: Partition of the key.
        prefix: Prefix of everything in it.
    """

    def __init__(self, table: Table, partition: int, prefix: str) -> None:
        self._table = table
        self._partition = partition
        self._prefix = prefix

    def __getitem__(self, key: str) -> Any:
        """Return a value; it may be changed and set again."""
        found = self._table.read(self._partition, self._prefix + key)
        if found is None:
            raise KeyError(key)
        return found

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value, or the default; Mapping's own `get` raises and catches for every counter that is new."""
        found = self._table.read(self._partition, self._prefix + key)
        return default if found is None else found

    def __setitem__(self, key: str, value: Any) -> None:
        """Set a value."""
        self._table.write(self._partition, self._prefix + key, value)

    def __delitem__(self, key: str) -> None:
        """Remove a value."""
        self._table.write(self._partition, self._prefix + key, None)

    def __iter__(self) -> Iterator[str]:
        """Yield the keys."""
        keys = self._table.keys(self._partition, self._prefix, self._prefix + "\x7f", 1_000_000)
        return (key.removeprefix(self._prefix) for key in keys)

    def __len__(self) -> int:
        """Return how many keys there are."""
        return sum(1 for _ in self)


@dataclass(frozen=True)
class Observatory:
    """Counts observations: alerts of detection, rates that changed.

    Attributes:
        detector: Finds what has changed about a payer.
        keeper: Keeps rates.
    """

    detector: Detector
    keeper: RateKeeper

    def take(self, table: Table, partition: int, fact: Fact) -> list[Statement]:
        """Count an observation, unless it was counted before."""
        source, *place = fact["cause"]
        marks = Drawer(table, partition, f"m|{fact['key']}|")
        if place <= marks.get(str(source), {}).get("last", [-1]):
            return []
        marks[str(source)] = {"last": place}
        drawer = Drawer(table, partition, f"x|{fact['key']}|")
        event, now = fact["event"], _EPOCH + timedelta(microseconds=fact["at"])
        if fact["key"].startswith(RATES):
            return [_rate(dict(rate), fact) for rate in self.keeper.step(drawer, event, now)]
        alerts = self.detector.step(drawer, event, now)
        if any(alert["state"] == "opened" for alert in alerts) and _sweep_due(marks) is None:
            _set_sweep(table, partition, fact["key"], fact["at"])
        return [*(_alert(dict(alert), fact, drawer) for alert in alerts), *_unmapped(fact, drawer)]

    def sweep(self, table: Table, partition: int, index: str, now: int) -> list[Statement]:
        """Let the clock work on the open alerts of a payer, and note when to look again.

        Args:
            table: State.
            partition: Partition of the key.
            index: The entry of the due index that has come.
            now: The clock, microseconds; the beginning of its day is what counts, so that a repeat says the same.
        """
        key = key_of_due(index)
        table.write(partition, index, None)
        marks = Drawer(table, partition, f"m|{key}|")
        if index != due_key(_sweep_due(marks) or 0, key):
            return []
        del marks[_SWEEP]
        drawer = Drawer(table, partition, f"x|{key}|")
        today = now // _DAY_US * _DAY_US
        alerts = self.detector.sweep(drawer, _EPOCH + timedelta(microseconds=today))
        if self.detector.awaits_sweep(drawer):
            _set_sweep(table, partition, key, today)
        cause = {"tenant_id": key.split("|", 2)[1], "event": {"_hash": event_id(key, today)}}
        return [_alert(dict(alert), cause, drawer) for alert in alerts]


_SWEEP = "sweep"
"""Mark of a payer's key: when its open alerts are looked at next."""


def _sweep_due(marks: Drawer) -> int | None:
    due: int | None = marks.get(_SWEEP, {}).get("due")
    return due


def _set_sweep(table: Table, partition: int, key: str, at: int) -> None:
    due = (at // _DAY_US + 1) * _DAY_US
    Drawer(table, partition, f"m|{key}|")[_SWEEP] = {"due": due}
    table.write(partition, due_key(due, key), {})


def _rate(rate: dict[str, Any], fact: Fact) -> Statement:
    names = (rate["measure"], rate["scope"], rate["key"])
    head = {
        "event_id": event_id("history.rates", fact["tenant_id"], *names, *fact["cause"]),
        "tenant_id": fact["tenant_id"],
        "source": SOURCE,
        "_hash": fact["event"]["_hash"],
        "as_of": fact["at"],
    }
    return Statement("history.rates", {**rate, **head})


def _alert(alert: dict[str, Any], fact: Fact, drawer: Drawer) -> Statement:
    opened = _micros(alert["opened_at"])
    alert_id = f"{alert['kind']}|{alert['key']}|{opened}"
    number: int = drawer.get(f"alert|{alert_id}", {"revision": 0})["revision"] + 1
    drawer[f"alert|{alert_id}"] = {"revision": number}
    return Statement(
        "alerts",
        {
            "event_id": event_id("alerts", fact["tenant_id"], alert_id, number),
            "tenant_id": fact["tenant_id"],
            "source": SOURCE,
            "_hash": fact["event"]["_hash"],
            "alert_id": alert_id,
            **{name: alert[name] for name in ("kind", "state", "severity", "title", "claims", "evidence")},
            **{name: alert.get(name) for name in _ALERT_FIELDS},
            "revision": number,
            "lineage_id": None,
            "claim_id": None,
            "due_at": None,
            "opened_at": opened,
            "resolved_at": _micros(alert.get("resolved_at")),
            "lineage_ids": list(alert.get("lineage_ids") or [])[:10],
        },
    )


def _unmapped(fact: Fact, drawer: Drawer) -> Iterator[Statement]:
    """Yield an alert for each reason code of a payer that the mapping does not know, the first time it comes."""
    event = fact["event"]
    for code in event.get("unmapped_codes") or ():
        seen = drawer.get(f"code|{code}", {"claims": 0})["claims"] + 1
        drawer[f"code|{code}"] = {"claims": seen}
        if seen > 1:
            continue
        found = {
            "kind": "unmapped_code", "key": f"{event['payer_id']}|{code}", "state": "opened", "severity": "warning",
            "title": f"Reason code {code} is not in carc_groups.csv", "payer_id": event["payer_id"], "claims": 1,
            "root_cause_group": "unmapped", "amount_cents": event.get("denied_cents"), "opened_at": fact["at"],
            "evidence": [{"name": "code", "value": code}], "lineage_ids": [event["lineage_id"]],
        }  # fmt: skip
        yield _alert(found, fact, drawer)


def _micros(value: Any) -> int | None:
    if isinstance(value, datetime):
        return (value - _EPOCH) // timedelta(microseconds=1)
    return None if value is None else int(value)
