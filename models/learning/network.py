"""The optional slot: an exported network of any maker takes part like a family of ours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from models.learning.dataset import Matrix, Numbers
from models.learning.graph import GraphBuilder
from models.learning.trees import build_log_odds, log_odds
from models.runtime import open_session
from schemas.errors import BadInputError

_REMEDY = "Export it with one float32 input, rows x features, and P(denied) as its last output, rows x 1 or x 2."


@dataclass(frozen=True)
class NetworkMember:
    """A graph that reads the feature matrix and gives P(denied).

    Attributes:
        model: The parsed graph.
        session: Answers for it.
        classes: Columns of its answer; the last is P(denied).
        width: Features it reads.
    """

    model: Any
    session: Any
    classes: int
    width: int

    @classmethod
    def open(cls, path: Path | None, width: int) -> NetworkMember:
        """Open an exported network.

        Args:
            path: The ONNX file.
            width: Number of features it has to read.

        Raises:
            BadInputError: It cannot be opened, or does not read such a matrix, or does not give probabilities.
        """
        if path is None:
            msg = "The family network needs an exported network."
            raise BadInputError(msg, "Name its file with --network FILE.onnx.")
        try:
            content = path.read_bytes()
            model = onnx.load_from_string(content)
            session = open_session(content)
            name = session.get_inputs()[0].name
            zeros = np.zeros((2, width), dtype=np.float32)
            answer = np.asarray(session.run([session.get_outputs()[-1].name], {name: zeros})[0]).reshape(2, -1)
        except Exception as error:  # readers and runtime raise their own classes for every kind of damage
            msg = f"The network {path.name} cannot be used ({type(error).__name__})."
            raise BadInputError(msg, _REMEDY) from None
        if answer.shape[1] > 2 or not np.isfinite(answer).all() or answer.min() < 0 or answer.max() > 1:
            msg = f"The network {path.name} does not answer with probabilities."
            raise BadInputError(msg, _REMEDY)
        return cls(model, session, answer.shape[1], width)

    def log_odds(self, matrix: Matrix) -> Numbers:
        """Return the log-odds of a denial."""
        output = self.session.get_outputs()[-1].name
        answer = self.session.run([output], {self.session.get_inputs()[0].name: np.ascontiguousarray(matrix)})[0]
        return log_odds(np.asarray(answer).reshape(len(matrix), -1)[:, -1])

    def build(self, graph: GraphBuilder, source: str) -> str:
        """Add the network and its log-odds to a graph."""
        p = graph.include(self.model, source)
        if self.classes == 2:
            p = graph.add("Gather", p, graph.constant(np.array([1])), axis=1)
        column = graph.add("Reshape", p, graph.constant(np.array([-1, 1])))
        return build_log_odds(graph, column)
