"""What the taxonomy list says of the billing and the rendering provider."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl

from processors.validation.columns.definition import ColumnGroup, Inputs, Integers
from reference.library import ReferenceLibrary

_ROLES = ("billing", "rendering")


@lru_cache(maxsize=4)
def _taxonomies(library: ReferenceLibrary) -> tuple[pl.Enum, pl.Series, pl.Series]:
    """Return the codes of the list, and entity type and pay class of each; null at the end for no code of it."""
    table = library.frame("taxonomy")
    entity, pay_class = (table[name].extend_constant(None, 1) for name in ("entity_type", "pay_class"))
    return pl.Enum(table["taxonomy"]), entity, pay_class


def _numbers(inputs: Inputs) -> Integers:
    """Return the place in the list of the taxonomies of both roles; the place after the last for none of it."""
    codes, entity, _ = _taxonomies(inputs.library)
    both = pl.concat([inputs.claims[f"{role}_taxonomy"] for role in _ROLES])
    return both.cast(codes, strict=False).to_physical().fill_null(len(entity) - 1).to_numpy()


def _providers(inputs: Inputs) -> list[pl.Series]:
    _, entity, pay_class = _taxonomies(inputs.library)
    number = inputs.once(_numbers)
    billing, rendering = (pl.Series(part) for part in np.split(number, len(_ROLES)))
    return [
        entity.gather(billing).alias("billing_entity"),
        pay_class.gather(billing).alias("billing_pay_class"),
        entity.gather(rendering).alias("rendering_entity"),
    ]


PROVIDERS = ColumnGroup(
    (
        ("billing_entity", "by its taxonomy the billing provider is 1 a person, 2 an organisation; null unknown"),
        ("billing_pay_class", "class of the billing provider by its taxonomy, as PHYSICIAN, CLINIC, LABORATORY"),
        ("rendering_entity", "by its taxonomy the rendering provider is 1 a person, 2 an organisation; null unknown"),
    ),
    _providers,
    tables=("taxonomy",),
)


def _published(inputs: Inputs) -> list[pl.Series]:
    unknown = len(_taxonomies(inputs.library)[1]) - 1
    parts = np.split(inputs.once(_numbers) == unknown, len(_ROLES))
    return [
        pl.Series(f"{role}_taxonomy_unknown", part & inputs.claims[f"{role}_taxonomy"].is_not_null().to_numpy())
        for role, part in zip(_ROLES, parts, strict=True)
    ]


PUBLISHED_TAXONOMIES = ColumnGroup(
    tuple((f"{role}_taxonomy_unknown", f"the {role} provider's taxonomy is not on the list") for role in _ROLES),
    _published,
    tables=("taxonomy",),
    whole=True,
)
