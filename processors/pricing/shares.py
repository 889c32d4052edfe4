"""Shares of the amount that one line is paid by what it says of itself: split packages, helpers, reduced services.

Sources: Medicare Claims Processing Manual chapter 12 sections 20.4 (assistants), 30.3 (participation), 40.4 (split
packages), 40.8 (two surgeons), 50 (anesthesia), 110 to 120 (practitioners paid a share); chapter 26 section 10.
Reduced and discontinued services are priced by contractors; half is what they usually pay.
"""

from __future__ import annotations

import numpy as np

from processors.pricing.arrays import FULL_E4, NONE, Integers
from processors.pricing.modifiers import ASSISTANTS, DIRECTED, SOCIAL_WORKER, bits
from processors.pricing.rates import COMPONENTS
from processors.pricing.workings import Workings

REDUCED_E4 = 5_000
CO_SURGEON_E4 = 6_250
ASSISTANT_E4 = 1_600
ASSISTANT_PRACTITIONER_E4 = 1_360
"""An assistant who is no physician: 85 percent of the assistant's 16 percent."""
DIRECTED_E4 = 5_000
SOCIAL_WORKER_E4 = 7_500
NON_PARTICIPATING_E4 = 9_500


def split_surgical_package(work: Workings) -> None:
    """Pay the part of the surgical package that was given: operation, aftercare, preparation, return to surgery."""
    rates = work.tables.rates
    at = work.carrying("54")
    work.multiply(at, "modifier_54", rates.pre_op_e4[work.rate[at]] + rates.intra_op_e4[work.rate[at]])
    at = work.carrying("55")
    work.multiply(at, "modifier_55", rates.post_op_e4[work.rate[at]])
    _pay_days_of_aftercare(work, at)
    at = work.carrying("56")
    work.multiply(at, "modifier_56", rates.pre_op_e4[work.rate[at]])
    at = work.carrying("78")
    operation = rates.intra_op_e4[work.rate[at]]
    work.multiply(at, "modifier_78", np.where(operation > 0, operation, FULL_E4))


def _pay_days_of_aftercare(work: Workings, at: Integers) -> None:
    """Pay only the days of aftercare that were given, where the line says how many."""
    if work.inputs.aftercare_days is None or not len(at):
        return
    given, package = work.inputs.aftercare_days[work.place[at]], work.tables.rates.aftercare_days[work.rate[at]]
    some = (given != NONE) & (given < package)
    at, given, package = at[some], given[some], package[some]
    work.put(at, "postoperative_days", (work.amount_cents[at] * given * 2 + package) // (package * 2))


def reduce_service(work: Workings) -> None:
    """Pay half of a reduced or discontinued service; a code with a row of its own for 53 is paid that."""
    work.multiply(work.carrying("52"), "modifier_52", REDUCED_E4)
    at = work.carrying("53")
    no_row = work.tables.rates.component[work.rate[at]] != COMPONENTS.index("53")
    work.multiply(at[no_row], "modifier_53", REDUCED_E4)


def pay_co_surgeon(work: Workings) -> None:
    """Pay each of two surgeons 62.5 percent."""
    work.multiply(work.carrying("62"), "modifier_62", CO_SURGEON_E4)


def pay_assistant(work: Workings) -> None:
    """Pay assistants at surgery; AS says that the assistant is no physician, whatever stands beside it."""
    for modifier in ASSISTANTS:
        at = work.carrying(modifier)
        at = at[(work.carried[at] & bits("AS")) == 0]
        work.multiply(at, f"modifier_{modifier}", ASSISTANT_E4)
    work.multiply(work.carrying("AS"), "modifier_AS", ASSISTANT_PRACTITIONER_E4)


def pay_medical_direction(work: Workings) -> None:
    """Pay each side of directed anesthesia half."""
    for modifier in DIRECTED:
        work.multiply(work.carrying(modifier), f"modifier_{modifier}", DIRECTED_E4)


def pay_practitioner_share(work: Workings) -> None:
    """Pay practitioners the share of their specialty, or of the one that AJ names.

    AS has it in its own share, anesthesia knows none.
    """
    share = work.inputs.share_e4[work.place]
    said = work.carrying(SOCIAL_WORKER)
    if len(said):
        share = share.copy()
        share[said] = np.minimum(share[said], SOCIAL_WORKER_E4)
    at = np.flatnonzero((share != FULL_E4) & ~work.anesthesia)
    at = at[(work.carried[at] & bits("AS")) == 0]
    work.multiply(at, "practitioner_share", share[at])


def reduce_non_participating(work: Workings) -> None:
    """Pay providers that do not take part in Medicare 95 percent."""
    at = np.flatnonzero(~work.inputs.participating[work.place])
    work.multiply(at, "non_participating", NON_PARTICIPATING_E4)


def pay_at_most_the_charge(work: Workings) -> None:
    """Pay the lesser of the amount and the charge."""
    charge = work.inputs.charge_cents[work.place]
    at = np.flatnonzero(work.amount_cents > charge)
    work.put(at, "lesser_of_charge", charge[at])
