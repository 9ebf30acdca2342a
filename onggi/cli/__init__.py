"""The `onggi` command: for researchers, committee members, output checkers and keepers of the root."""

from onggi.cli.app import main

__all__ = ["main"]
