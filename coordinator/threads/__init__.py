"""Keeps the questions and answers on every object, and what a checker asked to be changed."""
