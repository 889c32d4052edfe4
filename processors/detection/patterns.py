"""Patterns within a payer: one stream for each procedure or modifier, as many as the settings allow."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from processors.detection.alert import Alert, Subject
from processors.detection.stream import day_of
from processors.detection.watch import Store, Watched, Watcher, is_open

Line = Mapping[str, Any]


class Seen(NamedTuple):
    """What one claim says of one key.

    Attributes:
        field: procedure or modifier.
        code: The code.
        is_hit: Whether it is denied or underpaid.
        cents: How much.
    """

    field: str
    code: str
    is_hit: bool
    cents: int


def denials(lines: Iterable[Line], groups: Collection[str]) -> list[Seen]:
    """Return what the lines of a claim say of its procedures and modifiers: denied for a cause that counts, or not."""
    found: dict[tuple[str, str], Seen] = {}
    for line in lines:
        is_hit = line["denied"] and (line["root_cause_group"] or "unmapped") in groups
        cents = line["denied_cents"] if is_hit else 0
        billed = line["submitted_procedure_code"] or line["procedure_code"] or line["revenue_code"]
        if billed:
            _merge(found, ("procedure", billed), is_hit=is_hit, cents=cents)
        for modifier in line["modifiers"]:
            _merge(found, ("modifier", modifier), is_hit=is_hit, cents=cents)
    return list(found.values())


def underpayments(lines: Iterable[Line]) -> list[Seen]:
    """Return what the compared lines of a claim say of its procedures: underpaid or not."""
    found: dict[tuple[str, str], Seen] = {}
    for line in lines:
        procedure = line["procedure_code"] or line["revenue_code"]
        if procedure and line["variance_reason"] in ("within", "underpaid", "overpaid", "multiple_procedure"):
            short = line["variance_reason"] in ("underpaid", "multiple_procedure")
            cents = max(0, -(line["variance_cents"] or 0)) if short else 0
            _merge(found, ("procedure", procedure), is_hit=short, cents=cents)
    return list(found.values())


def observe(
    store: Store, watcher: Watcher, seen: Iterable[Seen], at: int, *, payer_id: str | None, lineage: str, known: bool
) -> list[Alert]:
    """Take what a claim says into the streams of its keys.

    Args:
        store: State.
        watcher: Kind of the patterns.
        seen: What the claim says, each key once.
        at: Instant, microseconds since 1970.
        payer_id: Payer.
        lineage: Lineage of the claim.
        known: Whether the payer is known long enough for a key without a baseline to be new rather than unseen.
    """
    alerts: list[Alert] = []
    rules = watcher.bold_rules if known else watcher.rules
    names = []
    for entry in seen:
        name = f"{entry.field}|{entry.code}"
        counter_key = f"count|{watcher.kind}|{name}"
        names.append(name)
        watcher.count(store, counter_key, at)
        if entry.is_hit:
            subject = _subject(watcher.kind, name, entry, payer_id)
            alerts += watcher.hit(store, Watched(subject, counter_key), rules, at, entry.cents, lineage)
    _keep_to_most(store, watcher, names, day_of(at))
    return alerts


def _merge(found: dict[tuple[str, str], Seen], key: tuple[str, str], *, is_hit: bool, cents: int) -> None:
    before = found.get(key)
    if before is None:
        found[key] = Seen(*key, is_hit, cents)
    elif is_hit:
        found[key] = Seen(*key, is_hit, cents + before.cents)


def _subject(kind: str, name: str, entry: Seen, payer_id: str | None) -> Subject:
    verb = "Underpaid" if kind == "underpayment_pattern" else "Denied"
    return Subject(
        kind=kind,
        name=name,
        what=f"{verb} with {entry.field} {entry.code}",
        payer_id=payer_id,
        procedure_code=entry.code if entry.field == "procedure" else None,
        modifier=entry.code if entry.field == "modifier" else None,
    )


def _keep_to_most(store: Store, watcher: Watcher, names: Iterable[str], day: int) -> None:
    """Note when keys were seen; drop the ones not seen for longest, beyond the most, but none with an open alert."""
    index_key = f"index|{watcher.kind}"
    index: dict[str, int] = store.get(index_key) or {}
    news = [name for name in names if index.get(name) != day]
    if not news:
        return
    index.update(dict.fromkeys(news, day))
    for name in _to_drop(store, watcher, index):
        del index[name]
        for key in (f"count|{watcher.kind}|{name}", f"{watcher.kind}|{name}"):
            store.pop(key, None)
    store[index_key] = index


def _to_drop(store: Store, watcher: Watcher, index: Mapping[str, int]) -> list[str]:
    surplus = len(index) - watcher.own.keys
    if surplus <= 0:
        return []
    oldest = sorted(index, key=lambda name: index[name])
    return [name for name in oldest if not is_open(store, f"{watcher.kind}|{name}")][:surplus]
