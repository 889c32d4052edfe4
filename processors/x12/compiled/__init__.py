"""Plain stretches of a large claim file read by compiled code: bytes in, columns of claims out (ADR 22)."""
