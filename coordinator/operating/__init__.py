"""Keeps what the operating body needs: contacts, trainings, announcements, and the figures of a year."""
