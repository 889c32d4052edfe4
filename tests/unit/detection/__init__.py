"""Tests of live detection."""
