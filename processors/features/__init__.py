"""Features of a claim: the catalogue and the one code path that computes them."""

from processors.features.catalogue import FEATURE_NAMES, FEATURES, feature_hash, hash_of_names
from processors.features.definition import Feature, Group, Kind
from processors.features.encoders import TABLES, Encoders, Lookup
from processors.features.matrix import feature_array, feature_matrix
from processors.features.rates import RATES_SCHEMA, HistoryRates

__all__ = [
    "FEATURES",
    "FEATURE_NAMES",
    "RATES_SCHEMA",
    "TABLES",
    "Encoders",
    "Feature",
    "Group",
    "HistoryRates",
    "Kind",
    "Lookup",
    "feature_array",
    "feature_hash",
    "feature_matrix",
    "hash_of_names",
]
