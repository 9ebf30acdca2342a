"""What people see of the coordinator: sign-in, review desk, jobs. Pages ask the same stores as the API."""
