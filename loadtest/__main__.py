"""python -m loadtest PROFILE: the same as claimstream bench PROFILE, from a checkout."""

from claimstream.cli import main

if __name__ == "__main__":
    import sys

    sys.argv[1:1] = ["bench"]
    main()
