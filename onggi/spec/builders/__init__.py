"""Short ways to write a question: cohorts, variables and whole jobs, in the words of the person who asks."""
