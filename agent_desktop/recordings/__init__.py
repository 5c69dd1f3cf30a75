"""Recordings: listed, and played to those who may listen. Every listen leaves an audit entry."""
