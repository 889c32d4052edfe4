"""What the taxonomy list says of the billing and the rendering provider."""

from __future__ import annotations

from functools import lru_cache

import polars as pl

from processors.validation.columns.code_book import numbered
from processors.validation.columns.definition import ColumnGroup, Inputs
from reference.library import ReferenceLibrary

_ROLES = ("billing", "rendering")


@lru_cache(maxsize=4)
def _taxonomies(library: ReferenceLibrary) -> tuple[tuple[pl.Expr, ...], pl.Series, pl.Series]:
    """Return the number of the taxonomy of each role and, by it, entity type and pay class; null for an unknown one."""
    table = library.frame("taxonomy")
    entity, pay_class = (table[name].extend_constant(None, 1) for name in ("entity_type", "pay_class"))
    codes = pl.Enum(table["taxonomy"])
    return tuple(numbered(pl.col(f"{role}_taxonomy"), codes, table.height) for role in _ROLES), entity, pay_class


def _numbers(inputs: Inputs) -> list[pl.Series]:
    """Return the number of the taxonomy of each role."""
    return inputs.claims.select(_taxonomies(inputs.library)[0]).get_columns()


def _providers(inputs: Inputs) -> list[pl.Series]:
    _, entity, pay_class = _taxonomies(inputs.library)
    billing, rendering = inputs.once(_numbers)
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
    numbers = zip(_ROLES, inputs.once(_numbers), strict=True)
    return [
        pl.Series(f"{role}_taxonomy_unknown", (number == unknown) & inputs.claims[f"{role}_taxonomy"].is_not_null())
        for role, number in numbers
    ]


PUBLISHED_TAXONOMIES = ColumnGroup(
    tuple((f"{role}_taxonomy_unknown", f"the {role} provider's taxonomy is not on the list") for role in _ROLES),
    _published,
    tables=("taxonomy",),
    whole=True,
)
