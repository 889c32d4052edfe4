"""The map of a foreign table: which column plays which part, read from YAML."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from schemas.errors import BadInputError

_REMEDY = (
    "A map names columns: id, group, time, numeric, categorical, label, reason, drop; and, if needed, positive, "
    "allow, true_probability, amount, slice, split, test_share, test_from. See docs/models.md."
)


def _listed(value: Any) -> Any:
    """Return a list of column names; one name stands for a list of one."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else value


def _texts(value: Any) -> Any:
    """Return values as texts: YAML reads yes, no and numbers as other things."""
    return [str(one) for one in (value if isinstance(value, list) else [value])]


Names = Annotated[list[str], BeforeValidator(_listed)]


class TableMap(BaseModel):
    """Which column of a table plays which part.

    Attributes:
        id: Identifies a row; row numbers without it.
        group: Rows of one group (patient, account) never stand on both sides of a split.
        time: When the row was submitted: splits by time, and dates are told as days before it.
        numeric: Features that are numbers; dates and truths count as numbers.
        categorical: Features that are codes or names.
        label: The outcome. 1, true, yes and words for a denial are denied.
        positive: Values of the label that mean denied, when its own words do not say so.
        reason: Why a row was denied; empty where it was paid.
        drop: Columns to leave out.
        allow: Columns that the leak audit may not refuse: the owner of the table vouches for them.
        true_probability: Probability of a denial where a generator knows it; never a feature.
        amount: What is at stake, in dollars; never a feature unless listed as one.
        slice: Column to show calibration by, as the payer.
        split: time, group or random; the best that the columns allow when left out.
        test_share: Share of the rows to test on.
        test_from: First value of the time column that is tested on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str | None = None
    group: Names = Field(default_factory=list)
    time: str | None = None
    numeric: Names = Field(default_factory=list)
    categorical: Names = Field(default_factory=list)
    label: str | None = None
    positive: Annotated[list[str] | None, BeforeValidator(lambda v: None if v is None else _texts(v))] = None
    reason: str | None = None
    drop: Names = Field(default_factory=list)
    allow: Names = Field(default_factory=list)
    true_probability: str | None = None
    amount: str | None = None
    slice: str | None = None
    split: Literal["time", "group", "random"] | None = None
    test_share: Annotated[float, Field(gt=0.02, lt=0.9)] = 0.2
    test_from: str | None = None

    @classmethod
    def load(cls, path: Path) -> TableMap:
        """Read a map.

        Raises:
            BadInputError: The file cannot be read, or is no map.
        """
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            msg = f"The map {path} cannot be read ({type(error).__name__})."
            raise BadInputError(msg, "Give the path of a YAML file.") from error
        except yaml.YAMLError as error:
            msg = f"The map {path.name} is not YAML."
            raise BadInputError(msg, _REMEDY) from error
        if not isinstance(content, dict):
            msg = f"The map {path.name} has no keys."
            raise BadInputError(msg, _REMEDY)
        try:
            return cls.model_validate(_flat(content))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "file"
            msg = f"The map {path.name}: {place}: {first['msg']}."
            raise BadInputError(msg, _REMEDY) from error

    @property
    def parts(self) -> dict[str, str]:
        """Columns with a part of their own, by part; groups are numbered."""
        single = {
            part: getattr(self, part)
            for part in ("id", "time", "label", "reason", "true_probability")
            if getattr(self, part) is not None
        }
        return single | {f"group {number}": name for number, name in enumerate(self.group, 1)}

    def check(self, columns: Iterable[str]) -> None:
        """Refuse a map that names columns the table does not have, or one column twice.

        Raises:
            BadInputError: It does.
        """
        have = set(columns)
        others = [name for name in (self.amount, self.slice) if name is not None]
        wanted = [*self.parts.values(), *self.numeric, *self.categorical, *others]
        absent = sorted({name for name in wanted if name not in have})
        if absent:
            msg = f"The table has no column {', '.join(absent)}; it has {', '.join(sorted(have)[:60])}."
            raise BadInputError(msg, "Correct the names in the map; they are case-sensitive.")
        features = [*self.numeric, *self.categorical]
        both = sorted({name for name in features if features.count(name) > 1})
        outcome = {self.label, self.reason, self.true_probability} - {None}
        clash = sorted(both or (set(features) & outcome) or (set(features) & set(self.drop)))
        if clash:
            msg = f"The map gives {', '.join(clash)} two parts."
            raise BadInputError(msg, "Name each column once; the outcome is never a feature.")


def _flat(content: dict[str, Any]) -> dict[str, Any]:
    """Return the map with its parts on the top level, and a label given as {column, positive} taken apart."""
    flat = {str(key): value for key, value in content.items() if key not in {"columns", "map"}}
    for key in ("columns", "map"):
        if isinstance(content.get(key), dict):
            flat |= {str(inner): value for inner, value in content[key].items()}
    label = flat.get("label")
    if isinstance(label, dict):
        flat["label"] = label.get("column", label.get("name"))
        if "positive" in label:
            flat["positive"] = label["positive"]
    return flat
