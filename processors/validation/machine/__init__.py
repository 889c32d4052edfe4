"""The machine that asks rules of a batch: conditions as instructions, run by one compiled function a level.

A condition is written in SQL and read from the tree that polars makes of it, so that both understand the same.
What the machine does not know it leaves to polars, after it has found the rows where the rest of the rule is true.
"""
