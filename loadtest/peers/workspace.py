"""The folder of the comparison: rules as code, the model, schemas, virtual environments, the built Java peer.

Everything in it is made on demand from what the repository holds, kept while that does not change, and never
committed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from loadtest.peers import rule_code
from loadtest.peers.rules import load_rules
from schemas.contracts import AVRO_FOLDER, CLAIMS_SUBMITTED
from schemas.errors import DependencyError

HERE = Path(__file__).parent
PACKAGES = {
    "quix": ("quixstreams==3.28.1", "fastavro==1.13.1", "numpy==2.4.6", "onnxruntime==1.32.0"),
    "bytewax": ("bytewax[kafka]==0.21.1", "fastavro==1.13.1", "numpy==2.4.6", "onnxruntime==1.32.0"),
}
"""What each engine in Python gets into an environment of its own: its clients do not go together with ours."""

SECONDS = 600


@dataclass(frozen=True)
class Workspace:
    """The folder.

    Attributes:
        home: Where it is.
    """

    home: Path

    @property
    def model(self) -> Path:
        """The model."""
        return self.home / "model.onnx"

    @property
    def pack(self) -> Path:
        """The rules as claimstream takes them."""
        return self.home / "pack.yaml"

    def prepare(self) -> None:
        """Write rules, schemas and model."""
        self.home.mkdir(parents=True, exist_ok=True)
        rules = load_rules()
        schema = CLAIMS_SUBMITTED.schema
        (self.home / "peer_rules.py").write_text(rule_code.python_source(rules, schema), encoding="utf-8")
        self.pack.write_text(rule_code.pack_source(rules), encoding="utf-8")
        shutil.copy(AVRO_FOLDER / "claims.submitted.avsc", self.home)
        shutil.copy(HERE / "scored.avsc", self.home)
        sources = (HERE / "model.py", HERE / "columnar.py", HERE / "per_event" / "features.py")
        self._once("model", _digest_of(*sources), self._train)

    def python_of(self, engine: str) -> str:
        """Return the interpreter that runs an engine in Python; its environment is made when it is missing."""
        if engine not in PACKAGES:
            return sys.executable
        folder = self.home / "environments" / engine
        wanted = json.dumps(PACKAGES[engine])
        self._once(f"environment-{engine}", wanted, lambda: _make_environment(folder, PACKAGES[engine]))
        return str(folder / "bin" / "python")

    def java_command(self, *arguments: str) -> list[str]:
        """Return the command that runs the Kafka Streams peer; it is built when it is missing.

        Raises:
            DependencyError: Java or Maven is missing.
        """
        if not shutil.which("mvn") or not shutil.which("java"):
            msg = "The Kafka Streams peer needs Java 17 and Maven."
            raise DependencyError(msg, "Install them, or leave the peer out with --only.")
        sources = [path for path in sorted((HERE / "kafka_streams").rglob("*")) if path.is_file()]
        generated = rule_code.java_source(load_rules(), CLAIMS_SUBMITTED.schema)
        digest = _digest_of(*sources, HERE / "scored.avsc") + generated + CLAIMS_SUBMITTED.text
        build = self.home / "kafka_streams"
        self._once("java", digest, lambda: self._build_java(build, generated))
        classpath = os.pathsep.join([str(build / "target" / "classes"), (build / "classpath.txt").read_text()])
        return ["java", "-Xms512m", "-Xmx512m", "-cp", classpath, "claimstream.peers.Peer", *arguments]

    def _train(self) -> None:
        # Training takes packages that only a development installation has.
        from loadtest.peers.model import write_model  # noqa: PLC0415

        write_model(self.model)

    def _build_java(self, build: Path, rules: str) -> None:
        shutil.rmtree(build, ignore_errors=True)
        shutil.copytree(HERE / "kafka_streams", build)
        (build / "src/main/java/claimstream/peers/Rules.java").write_text(rules, encoding="utf-8")
        avro = build / "src/main/avro"
        avro.mkdir()
        for name in ("claims.submitted.avsc", "scored.avsc"):
            shutil.copy(self.home / name, avro)
        command = ["mvn", "-q", "-B", "-f", str(build / "pom.xml"), "compile", "dependency:build-classpath"]
        _run([*command, f"-Dmdep.outputFile={build / 'classpath.txt'}"])

    def _once(self, name: str, state: str, make: Callable[[], None]) -> None:
        """Make something unless it was made from the same state before."""
        stamp = self.home / f".{name}.sha256"
        digest = hashlib.sha256(state.encode()).hexdigest()
        if not stamp.exists() or stamp.read_text() != digest:
            make()
            stamp.write_text(digest)


def _make_environment(folder: Path, packages: tuple[str, ...]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(folder)])
    _run([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *packages])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, timeout=SECONDS, capture_output=True, text=True)
    if done.returncode:
        told = (done.stdout + done.stderr).strip().splitlines()
        msg = f"{Path(command[0]).name} ended with {done.returncode}: {' '.join(told[-3:])[:600]}"
        raise DependencyError(msg, "A peer could not be made; leave it out with --only, or mend what it names.")


def _digest_of(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
