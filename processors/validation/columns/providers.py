"""What the taxonomy list says of the billing and the rendering provider."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from processors.validation.columns.definition import LookedUp
from processors.validation.columns.lookups import value_of
from reference.library import ReferenceLibrary


def _of_taxonomy(role: str, column: str) -> Callable[[ReferenceLibrary], pl.Expr]:
    return value_of("taxonomy", "taxonomy", f"{role}_taxonomy", column)


def _not_listed(role: str) -> Callable[[ReferenceLibrary], pl.Expr]:
    def look_up(library: ReferenceLibrary) -> pl.Expr:
        given = pl.col(f"{role}_taxonomy")
        listed = given.cast(pl.Enum(library.frame("taxonomy")["taxonomy"]), strict=False)
        return given.is_not_null() & listed.is_null()

    return look_up


CLAIM_PROVIDERS: tuple[LookedUp, ...] = (
    *(
        LookedUp(
            f"{role}_entity",
            f"by its taxonomy the {role} provider is 1 a person, 2 an organisation; null unknown",
            "taxonomy",
            _of_taxonomy(role, "entity_type"),
        )
        for role in ("billing", "rendering")
    ),
    LookedUp(
        "billing_pay_class",
        "class of the billing provider by its taxonomy, as PHYSICIAN, CLINIC, LABORATORY; null unknown",
        "taxonomy",
        _of_taxonomy("billing", "pay_class"),
    ),
    *(
        LookedUp(
            f"{role}_taxonomy_unknown",
            f"the {role} provider's taxonomy is not on the list",
            "taxonomy",
            _not_listed(role),
            whole=True,
        )
        for role in ("billing", "rendering")
    ),
)
