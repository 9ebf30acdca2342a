"""Collects the committee's signatures and carries out what a quorum has signed."""
