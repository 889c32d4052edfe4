"""Every layout of source files that is recognised; the first whose name and header fit holds."""

from __future__ import annotations

from reference.loading import code_lists, fee_schedule, icd10cm, localities, ncci, own_form
from reference.loading.layout import Layout, named
from reference.loading.source import SourceFile


def _always(_: SourceFile) -> bool:
    return True


_NOT_DATA = Layout(
    "worked examples and notes",
    "",
    named(r"pricing_golden\.csv|.*readme.*|.*recordlayout.*|.*\.pdf|.*\.md"),
    _always,
    own_form.LAYOUTS[0].read,
    "it holds no reference data",
)

LAYOUTS: tuple[Layout, ...] = (
    *own_form.LAYOUTS,
    *fee_schedule.LAYOUTS,
    *localities.LAYOUTS,
    *code_lists.LAYOUTS,
    *icd10cm.LAYOUTS,
    *ncci.LAYOUTS,
    _NOT_DATA,
)
"""The layouts in the order in which they are tried."""
