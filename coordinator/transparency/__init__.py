"""Keeps the public log of everything that was signed, so that history cannot be rewritten unnoticed."""
