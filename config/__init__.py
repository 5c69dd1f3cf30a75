"""Settings of a node, its logs and signs of life, and the shipped defaults that an administrator edits."""
