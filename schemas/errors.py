"""The one small hierarchy of errors that claimstream raises on purpose."""


class ClaimstreamError(Exception):
    """Something the operator can act on.

    Args:
        message: What went wrong, in one sentence, without payload or identifying data.
        remedy: What the operator can do about it, as an instruction.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class ContractError(ClaimstreamError):
    """A message or a schema does not keep its contract: bad framing, unknown schema id, wrong body."""


class SealError(ClaimstreamError):
    """A sealed field cannot be opened or made: wrong key, altered bytes, missing keyring."""


class BadInputError(ClaimstreamError):
    """A file or a record given by a user cannot be read."""


class DependencyError(ClaimstreamError):
    """A server that claimstream needs is away or answers wrongly: broker, ClickHouse, registry."""


class FatalStreamError(ClaimstreamError):
    """A runtime must stop and be restarted by its supervisor; nothing was committed."""
