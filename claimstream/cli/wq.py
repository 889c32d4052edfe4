"""claimstream wq tail | act: look into a workqueue, and work an item."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from claimstream.cli.exit_codes import EXIT_PROBLEMS
from claimstream.console import JsonOption, data, print_json, words
from claimstream.settings import Settings
from processors.routing import Policy
from schemas.contracts import WORKQUEUE_ACTIONS
from schemas.errors import BadInputError
from schemas.phi import Keyring, Sealer
from schemas.registry import schema_ids
from streams.topics import CASE_QUEUES
from streams.workqueues import Item, QueueReader, publish_action

app = typer.Typer(help="Look into workqueues and work their items.", no_args_is_help=True)

FOLLOW_SECONDS = 1.0
OUTCOMES = (
    "corrected", "appealed", "released", "posted", "refunded", "assigned", "written_off", "reviewed", "no_action",
)  # fmt: skip


class Deed(StrEnum):
    """What may be done with an item."""

    CLAIM = "claim"
    RELEASE = "release"
    SNOOZE = "snooze"
    DONE = "done"
    UNDO = "undo"


Queue = Annotated[str, typer.Argument(help="Name of the queue, such as denial.authorization.")]


@app.command()
def tail(
    queue: Queue,
    limit: Annotated[int, typer.Option(min=1, help="Most items to show.")] = 20,
    follow: Annotated[bool, typer.Option("--follow", help="Go on showing changes until Ctrl-C.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the live items of a queue, best first, with the inputs of their priority."""
    reader = _reader(Settings(), queue)
    with reader.opened() as consumer:
        items = sorted(reader.catch_up(consumer).values(), key=_order)
        words.print(f"{len(items)} items in {queue}")
        if as_json:
            print_json([_shown(item) for item in items[:limit]])
        else:
            for item in items[:limit]:
                data.print(_line(item))
        while follow:
            for key, changed in reader.poll(consumer, FOLLOW_SECONDS):
                data.print(json.dumps(_shown(changed), default=str) if as_json and changed else
                           _line(changed) if changed else f"ended  {key}")  # fmt: skip


@app.command()
def act(  # noqa: PLR0913, PLR0917 - each is an option of the command
    queue: Queue,
    item: Annotated[
        str, typer.Argument(help="lineage_id of the item, before submission its claim_id, as wq tail shows it.")
    ],
    deed: Annotated[Deed, typer.Argument(help="What was done.")],
    actor: Annotated[str, typer.Option(help="Who did it: a staff id, not a name.")],
    outcome: Annotated[str | None, typer.Option(help=f"Of done: {', '.join(OUTCOMES)}.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Of snooze: until when, UTC.")] = None,
    cents: Annotated[int | None, typer.Option(min=0, help="Of outcome written_off: how much, in cents.")] = None,
    undoes: Annotated[str | None, typer.Option(help="Of undo: event_id of the action to take back.")] = None,
    note: Annotated[str | None, typer.Option(help="A note; it is sealed.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what was done with an item; undo takes an earlier action back."""
    settings = Settings()
    _check(deed, outcome, until, undoes)
    tenant, token = _place(settings, queue, item)
    event_id = uuid.uuid4().hex
    event: dict[str, Any] = {
        "event_id": event_id, "tenant_id": tenant, "source": "cli", "queue": queue, "lineage_id": item,
        "patient_control_token": token, "action": str(deed), "actor": actor, "acted_at": datetime.now(UTC),
        "snooze_until": until.replace(tzinfo=UTC) if until else None, "outcome": outcome,
        "written_off_cents": cents, "undoes_event_id": undoes, "sealed_note": None,
    }  # fmt: skip
    event["_hash"] = hashlib.sha256(json.dumps(event, default=str, sort_keys=True).encode()).hexdigest()
    if note:
        sealer = Sealer(Keyring.load(settings.keyring_path))
        event["sealed_note"] = sealer.seal(note.encode(), tenant, WORKQUEUE_ACTIONS.name, event_id)
    publish_action(settings.broker, schema_ids(settings.schema_registry_url), event)
    if as_json:
        print_json({"event_id": event_id})
    else:
        data.print(f"{deed} of {item} in {queue}: {event_id}")


def _check(deed: Deed, outcome: str | None, until: datetime | None, undoes: str | None) -> None:
    """Refuse an action that says too little.

    Raises:
        BadParameter: An option is missing or unknown.
    """
    if deed is Deed.DONE and outcome not in OUTCOMES:
        msg = f"done needs --outcome, one of {', '.join(OUTCOMES)}."
        raise typer.BadParameter(msg)
    if deed is Deed.SNOOZE and until is None:
        msg = "snooze needs --until."
        raise typer.BadParameter(msg)
    if deed is Deed.UNDO and undoes is None:
        msg = "undo needs --undoes, the event_id that the action printed."
        raise typer.BadParameter(msg)


def _reader(settings: Settings, queue: str) -> QueueReader:
    """Return the reader of a queue.

    Raises:
        BadInputError: There is no such queue.
    """
    known = [*CASE_QUEUES, *Policy.load(settings.claimstream_policy).queues]
    if queue not in known:
        msg = f"There is no queue {queue}."
        raise BadInputError(msg, f"The queues are: {', '.join(sorted(known))}.")
    settings.broker.check()
    return QueueReader(settings.broker, schema_ids(settings.schema_registry_url), queue)


def _place(settings: Settings, queue: str, item: str) -> tuple[str, str]:
    """Return tenant and control token of an item.

    Raises:
        Exit: The item is not in the queue and its id does not say where it belongs.
    """
    reader = _reader(settings, queue)
    with reader.opened() as consumer:
        live = reader.catch_up(consumer)
        found = next((one for one in (*live.values(), *reader.left.values()) if item in _names(one)), None)
    if found is not None and (found["patient_control_token"] or "lineage_id" in found):
        return found["tenant_id"], found["patient_control_token"] or item
    parts = item.split(":")
    if len(parts) == 3:  # a lineage that is not in this queue now: an undo
        return settings.claimstream_tenant, parts[1]
    words.print(f"{item} is not in {queue} now.")
    raise typer.Exit(EXIT_PROBLEMS)


def _names(item: Item) -> tuple[str | None, ...]:
    """Return how people may name an item: before submission by its claim."""
    return (item["lineage_id"],) if "lineage_id" in item else (item.get("claim_id"),)


def _order(item: Item) -> tuple[bool, bool, float]:
    return item.get("write_off_review", False), item.get("status") == "snoozed", -item["priority"]


def _shown(item: Item) -> Item:
    return {name: value for name, value in item.items() if name != "_hash"}


def _line(item: Item) -> str:
    """Return an item as a line: the score beside its inputs."""
    if "lineage_id" not in item:
        return f"{item['priority']:>8}  {item['claim_id']}  {item['payer_id'] or '-'}  {', '.join(item['rule_ids'])}"
    owner = f" by {item['owner']}" if item["owner"] else ""
    inputs = (
        f"{item['recoverable_cents'] / 100:.2f} x {item['success_probability']:.2f}"
        f" - {item['cost_cents'] / 100:.2f} in {item['minutes']:.0f} min + {item['aging_points']:.1f}"
    )
    deadline = f"  until {item['deadline_on']} ({item['deadline_basis']})" if item["deadline_on"] else ""
    return (
        f"{item['priority']:>8.1f}  {item['lineage_id']}  {item['payer_id'] or '-'}  {item['carc'] or '-'}"
        f"  {item['status']}{owner}  [{inputs}]{deadline}"
    )
