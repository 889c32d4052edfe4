"""Scenarios by name: `NAME` or `NAME:key=value,key=value`, as the command line gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime

from models.synthetic.scenarios.denials import DeniedModifier
from models.synthetic.scenarios.pace import RejectSpike, SlowPayer
from models.synthetic.scenarios.payments import TakebackBurst, Underpayment
from models.synthetic.scenarios.scenario import Scenario
from models.synthetic.scenarios.silence import SilentPayer, VendorOutage
from models.synthetic.world import the_world
from schemas.errors import BadInputError

_KINDS: Mapping[str, tuple[type[Scenario], dict[str, object]]] = {
    "deny-modifier": (DeniedModifier, {"payer": "CSCOM01", "modifier": "25", "day": 10.0}),
    "silent-payer": (SilentPayer, {"payer": "CSCOM03", "day": 10.0}),
    "underpayment": (Underpayment, {"payer": "CSCOM06", "day": 20.0}),
    "takeback-burst": (TakebackBurst, {"payer": "CSCOM02", "day": 45.0}),
    "slow-payer": (SlowPayer, {"payer": "CSCOM04", "day": 10.0}),
    "reject-spike": (RejectSpike, {"payer": "CSCOM05", "day": 12.0, "until_day": 15.0}),
    "vendor-outage": (VendorOutage, {"day": 12.0}),
}
SCENARIO_NAMES: tuple[str, ...] = tuple(_KINDS)
_NEED_NO_PAYER = ("vendor-outage",)
_SETTABLE: Mapping[str, Callable[[str], object]] = {
    "day": float,
    "until_day": float,
    "payer": str,
    "modifier": str,
    "share": float,
    "factor": float,
    "hours": float,
    "lost": lambda text: text.lower() in ("1", "true", "yes"),
}


def scenario_named(text: str, start: datetime) -> Scenario:
    """Return the scenario that a text names.

    Args:
        text: NAME or NAME:key=value,key=value; days count from `start`.
        start: Instant of the first claim of the run, aware.

    Raises:
        BadInputError: The name, a key or a value is wrong.
    """
    name, _, rest = text.partition(":")
    if name not in _KINDS:
        msg = f"There is no scenario named {name!r}."
        raise BadInputError(msg, f"Use one of: {', '.join(SCENARIO_NAMES)}.")
    kind, values = _KINDS[name][0], dict(_KINDS[name][1])
    allowed = {one.name for one in fields(kind)} & set(_SETTABLE)
    for pair in filter(None, rest.split(",")):
        key, equals, value = pair.partition("=")
        if not equals or key not in allowed:
            msg = f"The scenario {name} has no setting {key!r}."
            raise BadInputError(msg, f"Give key=value with a key of: {', '.join(sorted(allowed))}.")
        values[key] = _value(name, key, value)
    payer = values.get("payer", "")
    if name not in _NEED_NO_PAYER and payer not in the_world().payers["payer_id"].to_list():
        msg = f"There is no synthetic payer {payer!r}."
        raise BadInputError(msg, "Use a payer id of the starter table `payers`, such as CSCOM01.")
    return kind(name=name, start=start, **values)  # type: ignore[arg-type]  # checked against the fields above


def _value(name: str, key: str, text: str) -> object:
    try:
        return _SETTABLE[key](text)
    except ValueError:
        msg = f"The setting {key} of the scenario {name} is not a number: {text!r}."
        raise BadInputError(msg, f"Give a number, such as {key}=10.") from None
