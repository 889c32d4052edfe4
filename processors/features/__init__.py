"""Features of a claim: the catalogue and the one code path that computes them."""

from processors.features.catalogue import FEATURE_NAMES, FEATURES, feature_hash, hash_of_names
from processors.features.definition import Feature, Group, Kind
from processors.features.encoders import TABLES, Encoders, Lookup
from processors.features.matrix import feature_array, feature_matrix

__all__ = [
    "FEATURES",
    "FEATURE_NAMES",
    "TABLES",
    "Encoders",
    "Feature",
    "Group",
    "Kind",
    "Lookup",
    "feature_array",
    "feature_hash",
    "feature_matrix",
    "hash_of_names",
]
