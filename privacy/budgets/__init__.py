"""What answers with noise cost the persons that they describe, and what a ceiling still has room for."""
