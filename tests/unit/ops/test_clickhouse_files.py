"""The ClickHouse configuration: users with passwords from outside, rights no wider than needed."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from claimstream.settings import Settings
from tests.unit.ops.deployment import ROOT, own_services, services, text_of


def _xml(path: str) -> ET.Element:
    return ET.fromstring(text_of(path))  # noqa: S314 - a file of this repository


def _users() -> dict[str, ET.Element]:
    found = _xml("deploy/clickhouse/users.xml").find("users")
    assert found is not None
    return {user.tag: user for user in found}


def _role() -> list[str]:
    """The statements that make the role of the user analyst."""
    granted = [q.text for q in _users()["analyst"].iter("query")]
    assert granted == ["GRANT analysts"], "rights belong to the role, not to a user"
    role = _xml("deploy/clickhouse/users.xml").find("roles/analysts")
    assert role is not None
    return [q.text or "" for q in role.iter("query")]


def test_every_user_but_the_local_one_has_a_password_from_the_environment() -> None:
    given = services()["clickhouse"]["environment"]
    for name, user in _users().items():
        password = user.find("password")
        if name == "default":
            assert [ip.text for ip in user.iter("ip")] == ["127.0.0.1", "::1"]
            continue
        assert password is not None
        assert not password.text
        assert given[password.attrib["from_env"]].startswith("${")


def test_claimstream_logs_in_as_a_user_that_exists_with_the_same_password() -> None:
    given = services()["clickhouse"]["environment"]
    for service in own_services().values():
        user = _users()[service["environment"]["CLICKHOUSE_USER"]]
        password = user.find("password")
        assert password is not None
        assert given[password.attrib["from_env"]] == service["environment"]["CLICKHOUSE_PASSWORD"]


def test_rights_are_on_the_claimstream_database_only() -> None:
    database = Settings.model_fields["clickhouse_database"].default
    writes = {
        name: [g.text for g in user.iter("query") if g.text and "ALL" in g.text] for name, user in _users().items()
    }
    assert writes["claimstream"] == [f"GRANT ALL ON {database}.*"]
    assert writes["analyst"] == []
    assert [right for right in _role() if right.startswith("GRANT")] == [f"GRANT SELECT, SHOW ON {database}.*"]
    assert not any(user.find("access_management") is not None for user in _users().values())


def test_the_analyst_only_reads_and_has_limits() -> None:
    root = _xml("deploy/clickhouse/users.xml")
    analyst = _users()["analyst"]
    profile = root.find(f"profiles/{analyst.findtext('profile')}")
    assert profile is not None
    assert profile.findtext("readonly") == "2"
    assert profile.find("constraints") is not None
    assert root.find(f"quotas/{analyst.findtext('quota')}/interval") is not None


def test_the_analyst_cannot_read_sealed_payloads() -> None:
    sealed = set()
    for migration in sorted((ROOT / "sink" / "migrations").glob("*.sql")):
        table = ""
        for line in migration.read_text(encoding="utf-8").splitlines():
            if created := re.match(r"CREATE TABLE (\w+)", line):
                table = created[1]
            if column := re.match(r"\s+(sealed_\w+|phi\w*) ", line):
                sealed.add((table, column[1]))
    revoked = set(_role())
    assert sealed == {("dead_letters", "sealed_payload")}
    assert {f"REVOKE SELECT({column}) ON claimstream.{table}" for table, column in sealed} <= revoked


def test_the_analyst_cannot_read_columns_that_identify_in_tables_or_views() -> None:
    identifying, table = set(), ""
    for line in text_of("docs/database.md").splitlines():
        if line.startswith("### "):
            table = line.removeprefix("### ")
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 6 and cells[5] in ("identifier", "sealed"):
            identifying.add((table, cells[1]))
    names = {column for _, column in identifying}
    table = ""
    for line in text_of("docs/database.md").splitlines():
        if line.startswith("### "):
            table = line.removeprefix("### ")
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 4 and cells[1] in names:  # views have columns without a comment
            identifying.add((table, cells[1]))
    revoked = set(_role())
    wanted = {f"REVOKE SELECT({column}) ON claimstream.{name}" for name, column in identifying}
    assert len(wanted) > 5
    assert wanted <= revoked, wanted - revoked


def test_the_quota_bounds_queries_time_and_rows() -> None:
    interval = _xml("deploy/clickhouse/users.xml").find("quotas/analysts/interval")
    assert interval is not None
    assert {"queries", "execution_time", "read_rows", "result_rows"} <= {limit.tag for limit in interval}


def test_the_files_are_mounted_into_the_server() -> None:
    mounts = services()["clickhouse"]["volumes"]
    assert "./deploy/clickhouse/config.xml:/etc/clickhouse-server/config.d/claimstream.xml:ro" in mounts
    assert "./deploy/clickhouse/users.xml:/etc/clickhouse-server/users.d/claimstream.xml:ro" in mounts


def test_the_server_works_in_utc() -> None:
    assert _xml("deploy/clickhouse/config.xml").findtext("timezone") == "UTC"
