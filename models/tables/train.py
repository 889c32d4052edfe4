"""Trains on a foreign table: table and map in, a version in the registry out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from models.learning.bundle import Origin, publish
from models.learning.learn import Extras, Learned, Progress, Wish, learn, silent
from models.tables.leaks import as_facts
from models.tables.prepare import Prepared, prepare
from models.tables.reading import read_table
from models.tables.table_map import TableMap
from processors.features.catalogue import hash_of_names
from schemas.errors import BadInputError

_PURPOSE = (
    "Learnt from a foreign table. It says how likely the outcome of its label is for a row; it cannot score claims in "
    "the stream, which have other features: use `claimstream models score`."
)
_LIMITS = (
    "As good as the table: levels and ranges not met in training score near the overall rate; what the table does not "
    "record, the model does not know; after a payer changes its rules it is wrong until it is trained again. An AUROC "
    "above .90 on real claims asks for the leak, not for applause."
)


@dataclass(frozen=True)
class TableTraining:
    """What a training on a table made.

    Attributes:
        folder: Folder of the version.
        learned: The model and its metrics.
        prepared: What was learnt from.
    """

    folder: Path
    learned: Learned
    prepared: Prepared


def train_on_table(
    table: Path,
    column_map: TableMap,
    registry: Path,
    wish: Wish,
    *,
    name: str | None = None,
    drop_leaks: bool = False,
    progress: Progress = silent,
) -> TableTraining:
    """Train on a foreign table and publish the version.

    Args:
        table: CSV or Parquet file.
        column_map: Its map.
        registry: Folder the version goes to.
        wish: Seed, family, resampling.
        name: Name of the model; made of the file's name when left out.
        drop_leaks: Leave leaking columns out instead of refusing the table.
        progress: Called with a line of text before each stage.

    Raises:
        BadInputError: The table or the map cannot be used.
        LeakError: Features are known only after adjudication.
        ParityError: A graph does not answer as its model; nothing is published.
    """
    own = name or re.sub(r"[^a-z0-9]+", "-", table.name.split(".")[0].lower()).strip("-") or "table"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", own):
        msg = f"{own} is no name for a model."
        raise BadInputError(msg, "Use letters, digits, - and _.")
    progress(f"reading {table.name}")
    prepared = prepare(read_table(table), column_map, wish.seed, drop_leaks=drop_leaks)
    data = prepared.data
    properties = {
        "name": own,
        "feature_hash": hash_of_names(data.columns.names),
        "feature_names": "\n".join(data.columns.names),
        "data_sha256": data.digest,
        "seed": str(wish.seed),
        "label": str(column_map.label),
    }
    learned = learn(data, wish, Extras({}, prepared.encoder.unseen_rows(), properties), progress)
    facts = {
        "seed": wish.seed,
        "label": f"{column_map.label} of {table.name}",
        "window": prepared.window,
        "leak_audit": as_facts(prepared.leaks),
        "map": column_map.model_dump(mode="json", exclude_defaults=True),
        "profile": None,
    }
    origin = Origin(own, "table", prepared.encoder.to_json(), facts, f"Model {own}", _PURPOSE, _LIMITS)
    progress("publishing")
    return TableTraining(publish(registry, origin, learned, data), learned, prepared)
