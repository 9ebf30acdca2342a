"""The steps that bring an older coordinator's records to the present form."""
