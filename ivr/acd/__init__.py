"""Queues: who waits, who may take them, and what agents see of it."""
