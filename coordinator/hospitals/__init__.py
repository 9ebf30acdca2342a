"""Knows which nodes may connect: one-time enrolment tokens and the certificates issued for them."""
