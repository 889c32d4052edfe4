"""The feature catalogue in matrix order, and its hash."""

from __future__ import annotations

import hashlib

from processors.features.claim_features import (
    demographic_features,
    finding_features,
    history_features,
    payer_features,
    provider_features,
)
from processors.features.definition import Feature
from processors.features.formula import Asked
from processors.features.process_features import process_features, risk_features
from processors.features.service_features import clinical_features, financial_features

FEATURES: tuple[Feature, ...] = (
    *demographic_features(),
    *payer_features(),
    *provider_features(),
    *clinical_features(),
    *financial_features(),
    *process_features(),
    *risk_features(),
    *finding_features(),
    *history_features(),
)
"""Every feature, in the order of the matrix columns."""

FEATURE_NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)


def columns_asked() -> Asked:
    """Return the columns that the formulas read, of the claim or derived."""
    asked = Asked()
    for feature in FEATURES:
        feature.formula.run(asked)
    return asked


def hash_of_names(names: tuple[str, ...]) -> str:
    """Return the SHA-256 (hex) of feature names in order."""
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def feature_hash() -> str:
    """Return the hash of the catalogue's names in order; a model trained on other names must not serve."""
    return hash_of_names(FEATURE_NAMES)
