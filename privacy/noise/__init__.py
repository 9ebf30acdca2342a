"""Noise on whole numbers: how much of it a loss asks for, where it is drawn, and its shares under masks."""
