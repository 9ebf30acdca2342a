"""The evidence pack of one released job, as a Five Safes RO-Crate."""
