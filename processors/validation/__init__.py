"""Validation: a catalogue of business rules, written as data, fired on whole batches."""

from processors.validation.catalogue import RuleCatalogue
from processors.validation.errors import CatalogueError
from processors.validation.validate import validate

__all__ = ["CatalogueError", "RuleCatalogue", "validate"]
