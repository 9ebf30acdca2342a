"""What a hospital's own people see of their node: all that left, what waits for them, and the stop button."""
