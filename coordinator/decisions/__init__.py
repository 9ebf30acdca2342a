"""Pure decisions: facts in, a verdict out. No database, clock or network."""
