"""Plain claim payments of a large 835 read by compiled code: bytes in, columns of remits.received out (ADR 22)."""
