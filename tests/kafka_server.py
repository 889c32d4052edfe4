"""A real Apache Kafka in KRaft mode for the tests, from jars that Maven resolves."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
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
node.id={node}
controller.quorum.voters={voters}
listeners=PLAINTEXT://127.0.0.1:{port},PROXIED://127.0.0.1:{behind},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},PROXIED://127.0.0.1:{proxy}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={folder}/data
offsets.topic.replication.factor={replicas}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr={in_sync}
transaction.state.log.num.partitions=4
transaction.abort.timed.out.transaction.cleanup.interval.ms=500
min.insync.replicas={in_sync}
group.min.session.timeout.ms=500
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
auto.create.topics.enable=false
"""
"""Clients of the PROXIED listener are told the address of the proxy before it (tests/kafka_proxy.py)."""


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


@dataclass(frozen=True)
class Node:
    """The ports of one broker, all on loopback.

    Attributes:
        number: Its node.id.
        port: Of clients.
        behind: Of clients that come through a proxy.
        proxy: Of that proxy.
        controller: Of the quorum.
    """

    number: int
    port: int
    behind: int
    proxy: int
    controller: int

    @classmethod
    def free(cls, count: int) -> list[Node]:
        """Return nodes on ports that nobody listens on."""
        ports = free_ports(4 * count)
        return [cls(number + 1, *ports[4 * number : 4 * number + 4]) for number in range(count)]


class KafkaServer:
    """One broker process in a folder of its own; a member of a cluster when it is told of the others.

    Args:
        folder: Its folder.
        node: Its ports; free ones when not given.
        cluster: All nodes, itself included.
        heap_mib: Heap of the Java process.
    """

    def __init__(
        self, folder: Path, node: Node | None = None, cluster: Sequence[Node] = (), heap_mib: int = 384
    ) -> None:
        self.node = node or Node.free(1)[0]
        members = cluster or (self.node,)
        self.bootstrap = f"127.0.0.1:{self.node.port}"
        self._folder = folder
        self._heap_mib = heap_mib
        self._properties = folder / "server.properties"
        replicas = min(3, len(members))
        self._properties.write_text(
            PROPERTIES.format(
                **vars(self.node),
                node=self.node.number,
                folder=folder,
                voters=",".join(f"{one.number}@127.0.0.1:{one.controller}" for one in members),
                replicas=replicas,
                in_sync=max(1, replicas - 1),
            )
        )
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, cluster_id: str = "") -> None:
        """Format the storage and wait until the broker answers."""
        self.format(cluster_id or new_cluster_id())
        self.launch()
        self.wait()

    def format(self, cluster_id: str) -> None:
        """Prepare the storage of a new broker."""
        self._java("kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(self._properties)).wait(60)

    def launch(self) -> None:
        """Start the broker, for the first time or again on what it had stored."""
        self.process = self._java("kafka.Kafka", str(self._properties))

    def wait(self) -> None:
        """Wait until the broker answers."""
        assert self.process is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                Broker(self.bootstrap).check(timeout_seconds=1)
            except DependencyError:
                assert self.process.poll() is None, (self._folder / "kafka.log").read_text()[-2000:]
            else:
                return
        pytest.fail(f"Apache Kafka did not answer within {START_SECONDS} s")

    def stop(self) -> None:
        """End the broker, the hard way; what the page cache holds survives."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _java(self, *arguments: str) -> subprocess.Popen[bytes]:
        heap = (f"-Xms{self._heap_mib}m", f"-Xmx{self._heap_mib}m")
        with (self._folder / "kafka.log").open("ab") as log:
            return subprocess.Popen(["java", *heap, "-cp", classpath(), *arguments], stdout=log, stderr=log)


def new_cluster_id() -> str:
    """Return an id for a new cluster."""
    # A first byte of zero begins with A: an id that begins with a hyphen would be read as an option.
    return base64.urlsafe_b64encode(b"\0" + uuid.uuid4().bytes[1:]).decode().rstrip("=")


class KafkaCluster:
    """Several brokers on loopback: three replicas of everything, two of which must have a record.

    Args:
        folder: Folder of the cluster.
        count: How many brokers.
    """

    def __init__(self, folder: Path, count: int = 3) -> None:
        nodes = Node.free(count)
        self.servers = []
        for node in nodes:
            own = folder / f"broker-{node.number}"
            own.mkdir(parents=True)
            self.servers.append(KafkaServer(own, node, nodes, heap_mib=256))
        self.bootstrap = ",".join(server.bootstrap for server in self.servers)

    def start(self) -> None:
        """Start every broker and wait for all of them."""
        cluster_id = new_cluster_id()
        for server in self.servers:
            server.format(cluster_id)
            server.launch()
        for server in self.servers:
            server.wait()

    def stop(self) -> None:
        """End every broker."""
        for server in self.servers:
            server.stop()
