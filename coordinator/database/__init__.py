"""Keeps the coordinator's own records: who, what was asked, what was decided, and in which order."""
