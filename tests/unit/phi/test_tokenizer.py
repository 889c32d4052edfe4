"""Tokens join within a tenant and say nothing outside it."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from schemas.phi import Keyring, Tokenizer

KEYRING = Keyring.ephemeral()
TOKENS = Tokenizer(KEYRING)
PARTS = st.lists(st.text(max_size=12), max_size=4)


@given(PARTS)
def test_equal_inputs_give_equal_tokens_within_a_tenant(parts: list[str]) -> None:
    again = Tokenizer(KEYRING)
    assert TOKENS.token("acme", "claim", *parts) == again.token("acme", "claim", *parts)
    assert TOKENS.patient_token("acme", *parts) == again.patient_token("acme", *parts)


@given(PARTS)
def test_tenants_kinds_and_keyrings_never_share_tokens(parts: list[str]) -> None:
    tokens = {
        TOKENS.token("acme", "claim", *parts),
        TOKENS.token("acme", "event", *parts),
        TOKENS.token("globex", "claim", *parts),
        Tokenizer(Keyring.ephemeral()).token("acme", "claim", *parts),
    }
    assert len(tokens) == 4


def test_parts_do_not_run_into_each_other() -> None:
    assert TOKENS.token("acme", "claim", "ab", "c") != TOKENS.token("acme", "claim", "a", "bc")
    assert TOKENS.patient_token("acme", "ab", "c") != TOKENS.patient_token("acme", "a", "bc")
    assert TOKENS.token("acme", "claim") != TOKENS.token("acme", "claim", "")


def test_a_patient_typed_differently_is_the_same_patient() -> None:
    plain = TOKENS.patient_token("acme", "MEM1234", "19700102", "ONEILL", "JOSE")
    typed = TOKENS.patient_token("acme", " mem-1234", "1970-01-02", "O'Neill", "Jos\u00e9")
    composed = TOKENS.patient_token("acme", "MEM1234", "19700102", "ONEILL", "Jose\u0301")
    assert plain == typed == composed


def test_claim_tokens_count_every_character() -> None:
    assert TOKENS.token("acme", "claim", "A-1") != TOKENS.token("acme", "claim", "A1")
    assert TOKENS.token("acme", "claim", "A1") != TOKENS.token("acme", "claim", "A1 ")


def test_a_token_is_32_hex_digits_without_its_input() -> None:
    token = TOKENS.token("acme", "claim", "ZZCANARY")
    assert len(bytes.fromhex(token)) == 16
    assert "ZZ" not in token


def test_a_token_is_hmac_sha256_of_the_framed_parts_under_the_tenant_key() -> None:
    key = KEYRING.tenant_token_key("acme")
    expected = hmac.digest(key, b"5:claim,2:A1,", "sha256").hex()[:32]
    assert TOKENS.token("acme", "claim", "A1") == expected
