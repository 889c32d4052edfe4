"""Why a service has no expected amount, in words for people at the command line."""

from __future__ import annotations

_WORDS = {
    "institutional": "The physician fee schedule is not about institutional claims; a contract may price them.",
    "dental": "The physician fee schedule is not about dental claims; a contract may price them.",
    "unknown_claim_type": "The claim type is none that is known.",
    "no_date": "There is no service date. Give one.",
    "no_year": "No fee schedule with a conversion factor is loaded for the service date. Load its year.",
    "unknown_code": "The code is not on the loaded fee schedule: it is wrong, on another schedule, or not loaded.",
    "carrier_priced": "The Medicare contractor prices the service from its documentation.",
    "bundled": "The service is paid within others and never by itself.",
    "not_covered": "Medicare does not cover the service; the patient may be billed.",
    "not_valid": "Medicare takes another code for the service.",
    "reporting_only": "The code is for reporting alone and has no amount.",
    "anesthesia": "The service is paid by base and time units.",
    "not_on_schedule": "The service is paid under another schedule, as drugs, laboratory or equipment.",
    "component_not_applicable": "The code has no professional or technical component of its own. Remove 26 or TC.",
    "unknown_pos": "The place of service is unknown, or Medicare prices nothing there. Correct it.",
    "not_priced_in_setting": "The service has no price in this setting. Check the place of service.",
    "no_locality": "The payment locality is unknown. Give state and locality as CA-18, or load the ZIP codes.",
    "billed_for_denial": "GX, GY or GZ says that no payment is expected.",
    "unknown_modifier": "A modifier is not published. Correct it.",
    "modifier_not_applicable": "A modifier does not fit the code. Check the indicators of the code.",
    "modifier_conflict": "Two modifiers exclude each other. Keep one.",
    "assistant_not_paid": "No assistant at surgery is paid for the service.",
    "cosurgeon_not_paid": "No second surgeon is paid for the service.",
    "by_report": "The payer decides the amount from the report.",
    "anesthesia_modifier_missing": "Anesthesia says who gave it. Add AA, AD, QK, QX, QY or QZ.",
    "anesthesia_base_units_unknown": "The base units of the code are not loaded. Load anesthesia_base_units.",
    "anesthesia_factor_unknown": "The anesthesia factor of the locality is not loaded. Load anesthesia_factors.",
    "units_not_priced": "The quantity cannot be priced. Give units above zero, minutes for anesthesia, 1 with 50.",
    "related_code_not_on_schedule": "The price depends on a code that is not loaded. Load the whole fee schedule.",
    "modifier_not_in_contract": "The contract names no rate for the modifier. Add it to the contract.",
    "no_charge": "The contract pays a share of the charge. Give the charge.",
}


def reason(status: str) -> str:
    """Return in words why there is no expected amount, and what to do; the status itself where no words are known."""
    return _WORDS.get(status, status)
