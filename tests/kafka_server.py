"""A real Apache Kafka in KRaft mode for the tests, from jars that Maven resolves."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import time
import uuid
from pathlib import Path

import pytest

from claimstream.local.stack import free_ports
from schemas.errors import DependencyError
from streams.broker import Broker

POM = Path(__file__).parent / "pom.xml"
CLASSPATHS = Path(__file__).parent.parent / ".claimstream" / "test-kafka"
START_SECONDS = 60

HOW_TO = (
    "Tests on Apache Kafka were not run: Java 17 and Maven are needed (apt-get install openjdk-17-jre-headless maven), "
    "or KAFKA_BOOTSTRAP_SERVERS must name a running cluster."
)

PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
"""


def java_or_skip() -> None:
    """Skip loudly without Java and Maven; fail where CLAIMSTREAM_REQUIRE_KAFKA says they must be there."""
    if shutil.which("java") and shutil.which("mvn"):
        return
    if os.environ.get("CLAIMSTREAM_REQUIRE_KAFKA") == "1":
        pytest.fail(HOW_TO)
    pytest.skip(HOW_TO)


def classpath() -> str:
    """Return the class path of Apache Kafka; Maven resolves it once for each state of the pom."""
    CLASSPATHS.mkdir(parents=True, exist_ok=True)
    stored = CLASSPATHS / f"classpath-{hashlib.sha256(POM.read_bytes()).hexdigest()[:16]}.txt"
    jars_exist = stored.exists() and all(Path(jar).exists() for jar in stored.read_text().split(os.pathsep))
    if not jars_exist:
        command = [
            "mvn",
            "-q",
            "-B",
            "-f",
            str(POM),
            "dependency:build-classpath",
            f"-Dmdep.outputFile={stored}",
        ]
        subprocess.run(command, check=True, timeout=600, stdout=subprocess.DEVNULL)
    return stored.read_text()


class KafkaServer:
    """One broker process in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        port, controller = free_ports(2)
        self.bootstrap = f"127.0.0.1:{port}"
        self._folder = folder
        self._properties = folder / "server.properties"
        self._properties.write_text(PROPERTIES.format(port=port, controller=controller, folder=folder))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Format the storage and wait until the broker answers."""
        # A first byte of zero begins with A: an id that begins with a hyphen would be read as an option.
        cluster = base64.urlsafe_b64encode(b"\0" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
        self._java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self._properties)).wait(60)
        self._process = self._java("kafka.Kafka", str(self._properties))
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                Broker(self.bootstrap).check(timeout_seconds=1)
            except DependencyError:
                assert self._process.poll() is None, (self._folder / "kafka.log").read_text()[-2000:]
            else:
                return
        pytest.fail(f"Apache Kafka did not answer within {START_SECONDS} s")

    def stop(self) -> None:
        """End the broker."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _java(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self._folder / "kafka.log").open("ab") as log:
            return subprocess.Popen(
                ["java", "-Xms384m", "-Xmx384m", "-cp", classpath(), *arguments], stdout=log, stderr=log
            )
