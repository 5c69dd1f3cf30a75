"""The front door: the command line, the set-up of the parts, and the watcher that keeps them alive."""
