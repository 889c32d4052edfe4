"""Policy: the thresholds and queues of routing, read from a YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.errors import ClaimstreamError

SHIPPED_POLICY = Path(__file__).parent / "policy.yaml"

Severity = Literal["error", "warning", "info"]
Disposition = Literal["rejected", "review", "ready"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
DISPOSITIONS: tuple[Disposition, ...] = get_args(Disposition)
"""Both from the gravest to the least."""

Share = Annotated[float, Field(ge=0, le=1)]


class PolicyError(ClaimstreamError):
    """A routing policy cannot be used."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(
            f"Routing policy {file}: {reason}.", "Correct the file; the shipped policy.yaml shows every key."
        )


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Queue(_Model):
    """One workqueue.

    Attributes:
        minutes: Usual minutes of work for one item.
        success: Share of worked items that end up paid.
    """

    minutes: Annotated[float, Field(gt=0)]
    success: Share


class Policy(_Model):
    """What happens to a claim after scoring.

    Attributes:
        disposition_of: What the gravest finding of a claim makes of it, by severity.
        review_below_probability: A claim with a lower approval probability goes to review.
        allowed_percent_of_charge: Share of the charge that stands for the allowed amount of an unpriced claim.
        qa_sample_per_10000: How many of ten thousand ready claims are drawn for quality assurance.
        qa_queue: Queue of the drawn claims.
        default_queue: Queue of a risky claim for which nothing names one.
        queues: The queues; an earlier one wins when several want the same claim.
        queue_of_reason: Queue for each denial reason.
    """

    disposition_of: dict[Severity, Disposition]
    review_below_probability: Share
    allowed_percent_of_charge: Annotated[int, Field(ge=0, le=100)]
    qa_sample_per_10000: Annotated[int, Field(ge=0, le=10_000)]
    qa_queue: str
    default_queue: str
    queues: dict[str, Queue] = Field(min_length=1)
    queue_of_reason: dict[str, str]

    @model_validator(mode="after")
    def _only_known_queues(self) -> Self:
        named = {self.qa_queue, self.default_queue, *self.queue_of_reason.values()}
        unknown = sorted(named - set(self.queues))
        if unknown:
            msg = f"the queue {', '.join(unknown)} is not among the queues"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _graver_findings_weigh_more(self) -> Self:
        if set(self.disposition_of) != set(SEVERITIES):
            msg = f"disposition_of names each of {', '.join(SEVERITIES)} once"
            raise ValueError(msg)
        weights = [DISPOSITIONS.index(self.disposition_of[severity]) for severity in SEVERITIES]
        if weights != sorted(weights):
            msg = "disposition_of lets a graver finding off more lightly than a lesser one"
            raise ValueError(msg)
        return self

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read a policy.

        Args:
            path: A YAML file; None for the policy shipped with the package.

        Raises:
            PolicyError: The file cannot be read or does not keep the form.
        """
        file = path or SHIPPED_POLICY
        try:
            return cls.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError) as error:
            raise PolicyError(file.name, f"cannot be read ({type(error).__name__})") from error
        except yaml.YAMLError as error:
            raise PolicyError(file.name, "is not YAML") from error
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "file"
            raise PolicyError(file.name, f"{place}: {first['msg']}") from error
