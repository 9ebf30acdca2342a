"""Takes jobs in, checks them, keeps their state and their one result."""
