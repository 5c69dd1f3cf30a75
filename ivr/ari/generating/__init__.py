"""How the typed commands and events are written from Asterisk's description."""
