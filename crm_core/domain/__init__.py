"""The rules of cases: numbers, states, deadlines, guessing. No database, no web, no clock: what they need is
passed in.
"""
