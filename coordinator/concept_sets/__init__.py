"""Named concept sets that researchers keep and share."""
