"""What each journal entry does to the database. Entries may come late, twice or out of order.

The rows that a batch touches are read at once (`sheet.py`), changed in memory by one function per kind of entry, and
written back at once: a whole call costs a few milliseconds, not one statement after another.
"""
