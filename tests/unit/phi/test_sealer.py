"""Envelopes open for their own claim alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import SealError
from schemas.phi import Keyring, RepeatableSealer, Sealer

SEALER = Sealer(Keyring.ephemeral())
PLACE = ("acme", "claims.submitted", "claim-1")
CANARY = b"ZZCANARY-PLAINTEXT"


@given(st.binary(max_size=200), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_what_was_sealed_opens_at_its_place(plaintext: bytes, tenant: str, schema: str, claim: str) -> None:
    envelope = SEALER.seal(plaintext, tenant, schema, claim)
    assert SEALER.open(envelope, tenant, schema, claim) == plaintext


@pytest.mark.parametrize(
    "place",
    [
        ("other", "claims.submitted", "claim-1"),
        ("acme", "claims.scored", "claim-1"),
        ("acme", "claims.submitted", "claim-2"),
        ("acmec", "laims.submitted", "claim-1"),
        ("acme", "claims.submittedclaim-1", ""),
    ],
)
def test_an_envelope_moved_elsewhere_does_not_open(place: tuple[str, str, str]) -> None:
    envelope = SEALER.seal(CANARY, *PLACE)
    with pytest.raises(SealError) as caught:
        SEALER.open(envelope, *place)
    assert "ZZCANARY" not in str(caught.value)


@given(st.data())
def test_a_flipped_bit_anywhere_is_noticed(data: st.DataObject) -> None:
    envelope = bytearray(SEALER.seal(CANARY, *PLACE))
    position = data.draw(st.integers(0, len(envelope) * 8 - 1))
    envelope[position // 8] ^= 1 << position % 8
    with pytest.raises(SealError) as caught:
        SEALER.open(bytes(envelope), *PLACE)
    assert "ZZCANARY" not in str(caught.value)


@given(st.integers(0, 60))
def test_a_shortened_envelope_is_noticed(kept: int) -> None:
    envelope = SEALER.seal(CANARY, *PLACE)
    with pytest.raises(SealError):
        SEALER.open(envelope[: min(kept, len(envelope) - 1)], *PLACE)


def test_an_envelope_shows_nothing_and_never_repeats() -> None:
    envelopes = {SEALER.seal(CANARY, *PLACE) for _ in range(100)}
    assert len(envelopes) == 100
    assert len({envelope[3:15] for envelope in envelopes}) == 100
    assert not any(b"CANARY" in envelope for envelope in envelopes)


def test_another_keyring_does_not_open_the_envelope() -> None:
    envelope = SEALER.seal(CANARY, *PLACE)
    with pytest.raises(SealError, match="does not open"):
        Sealer(Keyring.ephemeral()).open(envelope, *PLACE)


def test_fields_come_back_as_they_were_sealed() -> None:
    fields = {"patient": {"last": "ZZCANARY É 名 \udc80"}, "auth": ["1", "2"], "n": None}
    envelope = SEALER.seal_json(fields, *PLACE)
    assert SEALER.open_json(envelope, *PLACE) == fields


def test_fields_without_a_json_form_are_refused_without_echo() -> None:
    with pytest.raises(SealError) as caught:
        SEALER.seal_json({"x": {"ZZCANARY"}}, *PLACE)
    assert "ZZCANARY" not in str(caught.value)


@pytest.mark.parametrize("plaintext", [b"ZZCANARY", b"[1]", b"\xff"])
def test_an_envelope_without_named_fields_is_refused_without_echo(plaintext: bytes) -> None:
    envelope = SEALER.seal(plaintext, *PLACE)
    with pytest.raises(SealError) as caught:
        SEALER.open_json(envelope, *PLACE)
    assert "ZZCANARY" not in str(caught.value)


def test_a_repeatable_sealer_seals_the_same_alike_and_anything_else_under_another_nonce() -> None:
    keyring = Keyring.ephemeral()
    one, two = RepeatableSealer(keyring), RepeatableSealer(keyring)
    envelope = one.seal(CANARY, *PLACE)
    assert two.seal(CANARY, *PLACE) == envelope
    assert Sealer(keyring).open(envelope, *PLACE) == CANARY
    others = [
        one.seal(CANARY + b"!", *PLACE),
        one.seal(CANARY, "other", *PLACE[1:]),
        one.seal(CANARY, *PLACE[:2], "claim-2"),
        RepeatableSealer(Keyring.ephemeral()).seal(CANARY, *PLACE),
    ]
    nonces = {other[3:15] for other in [envelope, *others]}
    assert len(nonces) == len(others) + 1


def test_an_ordinary_sealer_never_repeats_itself() -> None:
    assert SEALER.seal(CANARY, *PLACE) != SEALER.seal(CANARY, *PLACE)
