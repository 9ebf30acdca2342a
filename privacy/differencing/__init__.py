"""Answers that differ by a few persons give these persons away: finds such answers before they are given."""
