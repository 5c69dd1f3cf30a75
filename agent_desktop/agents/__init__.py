"""The staff: who may log in, and as what."""
