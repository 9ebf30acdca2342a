"""What every page shares: layout, parts, words, headers and forms. It knows no data and no rules."""
