"""The side of researchers and reviewers: talks to a coordinator and believes nothing that it can check."""
