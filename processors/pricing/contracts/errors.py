"""The error of a payer contract that cannot be used."""

from __future__ import annotations

from schemas.errors import ClaimstreamError


class PayerContractError(ClaimstreamError):
    """A payer contract, or a table that it names, cannot be used.

    Args:
        file: Name of the file.
        reason: What is wrong there.
        contract: Id of the contract, when it is known.
        term: Id or number of the term, when one is concerned.
    """

    def __init__(self, file: str, reason: str, *, contract: str = "", term: str = "") -> None:
        place = "".join((f", contract {contract}" if contract else "", f", term {term}" if term else ""))
        super().__init__(
            f"Payer contract file {file}{place}: {reason}.",
            "Correct the file; docs/pricing.md describes every key and examples/contracts shows them in use.",
        )
