"""A hospital's papers: the legal ledger, the weekly letter, a bundle for support that holds no patient."""
