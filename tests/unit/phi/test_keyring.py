"""The keyring file and the keys it refuses."""

import base64
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import SealError
from schemas.phi import Keyring, Sealer, Tokenizer


def _written(path: Path, **changes: Any) -> Path:
    Keyring.create(path)
    document = json.loads(path.read_text())
    document.update(changes)
    path.write_text(json.dumps(document))
    return path


def test_a_created_keyring_is_private_and_loads_to_the_same_keys(tmp_path: Path) -> None:
    made = Keyring.create(tmp_path / "keyring.json")
    assert stat.S_IMODE((tmp_path / "keyring.json").stat().st_mode) == 0o600
    assert Keyring.load(tmp_path / "keyring.json") == made


def test_an_existing_keyring_is_never_overwritten(tmp_path: Path) -> None:
    made = Keyring.create(tmp_path / "keyring.json")
    with pytest.raises(SealError, match="exists at that path"):
        Keyring.create(tmp_path / "keyring.json")
    assert Keyring.load(tmp_path / "keyring.json") == made


def test_a_missing_keyring_is_answered_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(SealError) as caught:
        Keyring.load(tmp_path / "nowhere.json")
    assert caught.value.remedy


def test_a_keyring_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    Keyring.create(path)
    path.chmod(0o640)
    with pytest.raises(SealError, match="other users"):
        Keyring.load(path)


@pytest.mark.parametrize("kept", [0, 1, 60, 150])
def test_a_truncated_keyring_is_refused_without_showing_keys(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "keyring.json"
    Keyring.create(path)
    text = path.read_text()
    path.write_text(text[:kept])
    with pytest.raises(SealError, match="damaged") as caught:
        Keyring.load(path)
    assert caught.value.__cause__ is None
    assert json.loads(text)["token_key"] not in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"data_keys": {"1": base64.b64encode(bytes(32)).decode()}},
        {"data_keys": {"1": base64.b64encode(b"short").decode()}},
        {"data_keys": {"1": "!!"}},
        {"data_keys": {"x": "AAAA"}},
        {"data_keys": {"70000": base64.b64encode(b"k" * 32).decode()}, "active": 70000},
        {"data_keys": {}},
        {"data_keys": []},
        {"active": 2},
        {"active": "1"},
        {"format": 9},
        {"token_key": base64.b64encode(bytes(32)).decode()},
        {"token_key": None},
    ],
)
def test_a_keyring_with_an_unusable_key_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = _written(tmp_path / "keyring.json", **changes)
    with pytest.raises(SealError):
        Keyring.load(path)


def test_one_key_for_two_purposes_is_refused() -> None:
    with pytest.raises(SealError, match="the same"):
        Keyring({1: b"k" * 32}, 1, b"k" * 32)


def test_after_rotation_old_envelopes_open_and_tokens_stay(tmp_path: Path) -> None:
    old = Keyring.create(tmp_path / "keyring.json")
    envelope = Sealer(old).seal(b"text", "acme", "claims.submitted", "c1")
    token = Tokenizer(old).token("acme", "claim", "1")
    old.rotated().save(tmp_path / "keyring.json")
    new = Keyring.load(tmp_path / "keyring.json")
    assert new.active_key_id == 2
    assert stat.S_IMODE((tmp_path / "keyring.json").stat().st_mode) == 0o600
    assert Sealer(new).open(envelope, "acme", "claims.submitted", "c1") == b"text"
    assert Tokenizer(new).token("acme", "claim", "1") == token
    assert [path.name for path in tmp_path.iterdir()] == ["keyring.json"]


def test_a_keyring_prints_no_key() -> None:
    keyring = Keyring({1: b"d" * 32}, 1, b"t" * 32)
    assert "ddd" not in repr(keyring)
    assert "ttt" not in repr(keyring)
