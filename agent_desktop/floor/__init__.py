"""The floor as supervisors see it: who waits, who works, live."""
