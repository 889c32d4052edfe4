"""What can be wrong with a rule catalogue."""

from __future__ import annotations

from schemas.errors import ClaimstreamError


class CatalogueError(ClaimstreamError):
    """A rule pack cannot be used; nothing of the catalogue is loaded.

    Args:
        file: Name of the pack.
        rule_id: Id of the rule, or "-" when the pack as a whole is unreadable.
        reason: What is wrong with it.
    """

    def __init__(self, file: str, rule_id: str, reason: str) -> None:
        super().__init__(
            f"Rule pack {file}, rule {rule_id}: {reason}.",
            "Correct the pack; docs/rules.md lists the keys and columns a rule can use.",
        )
        self.file = file
        self.rule_id = rule_id
        self.reason = reason
        self.others: tuple[CatalogueError, ...] = ()
        """What else is wrong, when all files were examined."""
