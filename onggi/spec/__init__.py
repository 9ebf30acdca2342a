"""What may be asked: the frozen types of a job and of its answer."""
