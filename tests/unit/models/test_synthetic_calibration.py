"""The true probabilities: how well an oracle could do, by profile, and that they are calibrated."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from models.synthetic.facts import draw_facts
from models.synthetic.outcome import Outcome
from models.synthetic.profiles import BASE_DENIAL_RATE

# AUROC, Bayes accuracy, top-1 and top-3 of the sixteen reasons.
ORACLES = {"seed": (0.905, 0.900, 0.78, 0.945), "field": (0.802, 0.872, 0.59, 0.77)}


@pytest.fixture(scope="module", params=list(ORACLES))
def case(request: pytest.FixtureRequest) -> tuple[Outcome, tuple[float, ...]]:
    """Return the outcomes of a profile and what an oracle should reach on them."""
    return draw_facts(40_000, 31, request.param).outcome, ORACLES[request.param]


def test_an_oracle_tells_denied_from_paid_as_well_as_intended(case: tuple[Outcome, tuple[float, ...]]) -> None:
    outcome, (auroc, accuracy, _, _) = case
    p_denied = outcome.true_p_denied
    assert outcome.denied.mean() == pytest.approx(BASE_DENIAL_RATE, abs=0.008)
    assert roc_auc_score(outcome.denied, p_denied) == pytest.approx(auroc, abs=0.012)
    assert ((p_denied >= 0.5) == outcome.denied).mean() == pytest.approx(accuracy, abs=0.008)


def test_an_oracle_names_the_stated_reason_as_often_as_intended(case: tuple[Outcome, tuple[float, ...]]) -> None:
    outcome, (_, _, top1, top3) = case
    best = np.argsort(-outcome.reason_posterior[outcome.denied], axis=1)
    stated = outcome.reason[outcome.denied]
    assert (best[:, 0] == stated).mean() == pytest.approx(top1, abs=0.02)
    assert (best[:, :3] == stated[:, None]).any(axis=1).mean() == pytest.approx(top3, abs=0.02)


def test_true_probabilities_match_what_happens_in_every_band(case: tuple[Outcome, tuple[float, ...]]) -> None:
    outcome, _ = case
    band = np.digitize(outcome.true_p_denied, [0.03, 0.08, 0.15, 0.3, 0.5, 0.7])
    for number in np.unique(band):
        rows = band == number
        if rows.sum() > 400:
            expected = outcome.true_p_denied[rows].mean()
            error = 4 * np.sqrt(expected * (1 - expected) / rows.sum())
            assert outcome.denied[rows].mean() == pytest.approx(expected, abs=error)


def test_kinds_of_payers_deny_in_the_published_order() -> None:
    facts = draw_facts(60_000, 33, "seed")
    kind = facts.claims["payer_type"]
    rate = {name: facts.outcome.denied[kind == name].mean() for name in np.unique(kind)}
    # Published initial denials: exchange 19, Medicaid managed 16.7, Medicare Advantage 15.7, commercial 15 per cent.
    assert rate["exchange"] > rate["medicaid"] > rate["commercial"] > rate["medicare"]
    assert rate["exchange"] > rate["medicare_advantage"] > rate["commercial"]
    assert 0.11 < rate["medicare"] < rate["exchange"] < 0.21


def test_about_eight_per_cent_of_denials_state_another_reason_than_the_cause() -> None:
    outcome = draw_facts(40_000, 32, "seed").outcome
    confused = (outcome.reason != outcome.cause)[outcome.denied].mean()
    assert confused == pytest.approx(0.08, abs=0.012)
