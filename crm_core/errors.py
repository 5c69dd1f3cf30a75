"""What can go wrong in `crm_core`, as its callers meet it."""

from __future__ import annotations


class CrmError(Exception):
    """Anything of ours. Its text is one sentence for a person, in English; callers with catalogues go by the
    class.
    """


class Unavailable(CrmError):
    """The database did not answer in time: say "not available now", never "does not exist"."""


class NotFound(CrmError):
    """There is no such case, agent or other thing."""


class Unfit(CrmError):
    """What was given breaks a rule: a name, a role, a state."""


class NoNumber(CrmError):
    """The node holds no case number to give: its blocks are used up and no new one came."""


class JournalFailed(CrmError):
    """The journal could not write; the same entries may be sent again, under the same ids."""


class JournalFull(JournalFailed):
    """The disk of the journal is full."""
