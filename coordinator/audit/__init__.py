"""Remembers every act of every person and of the coordinator itself, each chained to the one before."""
