"""The opened phi of a claim as the 837 writer needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from processors.x12.writers.interchange import OutSegment
from schemas.errors import BadInputError

Person = Mapping[str, Any]
Kept = list[tuple[str, int, OutSegment]]
"""Loop, line or other payer (0: the claim), segment."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What identifies the people of one claim.

    Attributes:
        account_number: CLM01.
        billing: Billing provider.
        subscriber: Subscriber.
        patient: Patient where it is another person than the subscriber.
        payer: Payer.
        group: Group number and name.
        rest: Segments of the levels that no field holds, by level.
        kept: Segments of the claim that no field holds.
        lists: Notes, authorisations and referrals by name.
    """

    account_number: str
    billing: Person
    subscriber: Person
    patient: Person | None
    payer: Person
    group: Mapping[str, str]
    rest: Mapping[str, list[OutSegment]]
    kept: Kept
    lists: Mapping[str, list[Any]]


_SHORTEST = 4


def _long_enough(segment: OutSegment) -> OutSegment:
    """Return a segment with the elements that writers look at; empty ones at the end are dropped on writing."""
    return [*segment, *[""] * (_SHORTEST - len(segment))]


_LISTS = ("notes", "authorizations", "referrals", "line_notes", "line_descriptions", "line_authorizations")


def read_identity(event: Mapping[str, Any], phi: Mapping[str, Any]) -> Identity:
    """Return the identity of a claim from its opened phi.

    A phi with plain names only (last_name, first_name, member_id, date_of_birth) will do; without an account
    number the claim is written under its claim id.

    Raises:
        BadInputError: There is no identifying data at all.
    """
    if not phi:
        msg = "A claim has no identifying data, so no 837 can be written of it."
        raise BadInputError(msg, "Give the claim together with its opened phi.")
    subscriber = phi.get("subscriber")
    if subscriber is None:
        names = {"last": "last_name", "first": "first_name", "id": "member_id"}
        subscriber = {name: str(phi[given]) for name, given in names.items() if phi.get(given)}
        born = str(phi.get("date_of_birth", "")).replace("-", "")
        subscriber |= {"born": born} if born else {}
    return Identity(
        account_number=phi.get("account_number") or str(event["claim_id"]),
        billing=phi.get("billing_provider", {}),
        subscriber=subscriber,
        patient=phi.get("patient"),
        payer=phi.get("payer", {}),
        group={name: phi.get(name, "") for name in ("group_number", "group_name")},
        rest={
            "20": phi.get("billing_segments", []),
            "22": phi.get("subscriber_segments", []),
            "23": phi.get("patient_segments", []),
        },
        kept=[(loop, at, _long_enough(segment)) for loop, at, segment in phi.get("segments", [])],
        lists={name: phi.get(name, []) for name in _LISTS},
    )
