"""The one error of this package; the command line turns it into its own."""

from __future__ import annotations


class ReferenceDataError(Exception):
    """A file or a stored table of reference data cannot be used.

    Args:
        message: What is wrong and where: file, line, column.
        remedy: What the operator can do about it, as an instruction.
    """

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message, remedy)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}"
