"""Counts with noise: how far one person moves them, how much noise that takes, what is shown of them."""
