"""Knows who is asking: organisations, accounts, roles, passwords and tokens."""
