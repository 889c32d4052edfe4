"""Lets python -m claimstream be the command line."""

from claimstream.cli import main

main()
