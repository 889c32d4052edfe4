"""What the exit codes of every command mean."""

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_PROBLEMS = 3
"""The command did its work and found something wrong."""
