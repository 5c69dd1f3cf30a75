"""Benchmarks: what `./centro311 bench` runs. Each measures a peer in the same run, on the same Asterisk."""
