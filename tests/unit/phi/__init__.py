"""Tests of the sealed phi field: keyring, envelopes, tokens."""
