"""Every reference table, defined once: name, columns with kind and meaning, key, and what the starter rows are."""

from __future__ import annotations

from reference.tables import billing, code_sets, edits, pricing
from reference.tables.spec import Column, Kind, Starter, TableSpec

TABLES: dict[str, TableSpec] = {
    spec.name: spec for spec in (*pricing.TABLES, *code_sets.TABLES, *edits.TABLES, *billing.TABLES)
}
"""The definitions by table name, in the order in which they are listed to people."""

__all__ = ["TABLES", "Column", "Kind", "Starter", "TableSpec"]
