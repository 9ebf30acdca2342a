"""The sentences that every site's pages use."""
