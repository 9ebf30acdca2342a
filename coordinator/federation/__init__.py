"""Holds the federation root that the committee signed; the coordinator only passes it on."""
