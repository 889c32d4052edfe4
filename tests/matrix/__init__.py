"""The failure matrix: what may happen to the system, row by row, and that it loses and doubles nothing."""
