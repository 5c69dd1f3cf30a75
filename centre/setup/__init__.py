"""Setting a node up: each thing it needs is a step that is skipped when done and may be interrupted and repeated."""
