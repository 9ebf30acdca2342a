"""The output checkers' desk: evidence, blind votes, and whether a result reaches the researcher."""
