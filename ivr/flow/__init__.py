"""The menu as data: steps with ids, walked one after another."""
