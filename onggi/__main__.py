"""Lets `python -m onggi` do what the `onggi` command does."""

from onggi.cli import main

if __name__ == "__main__":
    main()
