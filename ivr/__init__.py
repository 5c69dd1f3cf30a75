"""The telephone side: what happens while somebody is on the line."""
