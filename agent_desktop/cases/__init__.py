"""Cases: found by number, read whole, and completed after the call. Every read leaves an audit entry."""
