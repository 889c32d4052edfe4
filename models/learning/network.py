"""The optional slot: an exported network of any maker takes part like a family of ours."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
        name: Name of its file.
        model: The parsed graph.
        session: Answers for it.
        classes: Columns of its answer; the last is P(denied).
        width: Features it reads.
    """

    name: str
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
            model, session = onnx.load_from_string(content), open_session(content)
            made = cls(path.name, model, session, 1, width)
            answer = made.answers(np.zeros((2, width), dtype=np.float32))
        except BadInputError:
            raise
        except Exception as error:  # readers and runtime raise their own classes for every kind of damage
            msg = f"The network {path.name} cannot be used ({type(error).__name__})."
            raise BadInputError(msg, _REMEDY) from None
        return replace(made, classes=answer.shape[1])

    def answers(self, matrix: Matrix) -> Numbers:
        """Return what the network says, rows x 1 or x 2.

        Raises:
            BadInputError: It is no probability.
        """
        output = self.session.get_outputs()[-1].name
        given = self.session.run([output], {self.session.get_inputs()[0].name: np.ascontiguousarray(matrix)})[0]
        answer: Numbers = np.asarray(given).reshape(len(matrix), -1)
        if answer.shape[1] > 2 or not (answer.min() >= 0 and answer.max() <= 1):  # a NaN makes both false
            msg = f"The network {self.name} does not answer with probabilities."
            raise BadInputError(msg, _REMEDY)
        return answer

    def log_odds(self, matrix: Matrix) -> Numbers:
        """Return the log-odds of a denial."""
        return log_odds(self.answers(matrix)[:, -1])

    def build(self, graph: GraphBuilder, source: str) -> str:
        """Add the network and its log-odds to a graph."""
        p = graph.include(self.model, source)
        if self.classes == 2:
            p = graph.add("Gather", p, graph.constant(np.array([1])), axis=1)
        column = graph.add("Reshape", p, graph.constant(np.array([-1, 1])))
        return build_log_odds(graph, column)
