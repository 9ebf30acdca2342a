"""Research projects and the people in them."""
