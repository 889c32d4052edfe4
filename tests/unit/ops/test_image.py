"""The Dockerfile: locked dependencies, every package of ours, a user without rights."""

from __future__ import annotations

import re
import tomllib

from tests.unit.ops.deployment import ROOT, compose, text_of

DOCKERFILE = text_of("Dockerfile")


def test_the_base_image_is_pinned_and_the_same_in_both_stages() -> None:
    bases = set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.11\.\d+-slim-\w+", bases.pop())


def test_nothing_is_installed_that_the_lock_does_not_hash() -> None:
    fetches = re.findall(r"pip (?:install|download|wheel) [^\n\\]*", DOCKERFILE)
    assert len(fetches) == 4
    for fetch in fetches:
        assert "--require-hashes" in fetch or "--no-index" in fetch


def test_every_package_of_the_wheel_is_copied() -> None:
    packages = tomllib.loads(text_of("pyproject.toml"))["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    ignored = text_of(".dockerignore").splitlines()
    for package in packages:
        assert f"COPY {package} ./{package}" in DOCKERFILE
        assert f"!{package}" in ignored


def test_everything_that_is_copied_exists_and_is_let_into_the_build() -> None:
    allowed = {line[1:] for line in text_of(".dockerignore").splitlines() if line.startswith("!")}
    for copied in re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        for source in copied.split():
            assert (ROOT / source).exists()
            assert source in allowed


def test_secrets_stay_out_of_the_build() -> None:
    lines = text_of(".dockerignore").splitlines()
    assert "*" in lines
    assert {"**/.env", "**/*keyring*.json"} <= set(lines)
    assert "ENV" not in re.findall(r"(ENV|ARG) .*PASSWORD", DOCKERFILE)


def test_it_runs_as_a_user_without_rights_that_owns_its_home() -> None:
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)
    assert "--owner 10001 --group 10001 --mode 0700 /var/lib/claimstream" in DOCKERFILE
    assert compose()["x-settings"]["CLAIMSTREAM_HOME"] == "/var/lib/claimstream"


def test_it_starts_the_program_of_the_project() -> None:
    scripts = tomllib.loads(text_of("pyproject.toml"))["project"]["scripts"]
    assert set(scripts) == {"claimstream"}
    assert DOCKERFILE.rstrip().splitlines()[-2] == 'ENTRYPOINT ["claimstream"]'
