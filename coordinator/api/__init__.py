"""The coordinator's door for programs: JSON over HTTPS, described by OpenAPI."""
