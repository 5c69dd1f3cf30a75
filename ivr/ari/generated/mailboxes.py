"""Commands on `mailboxes`.

`within` is how many seconds the answer may take; None is the client's own limit.
Written by `generate.py`; change that, not this.
"""

from __future__ import annotations

import builtins

from ..commands import Group, part
from ..reading import Reader
from .models import Mailbox

_MAILBOX_LIST: Reader[list[Mailbox]] = Reader(list[Mailbox])
_MAILBOX: Reader[Mailbox] = Reader(Mailbox)


class Mailboxes(Group):
    """Commands on `mailboxes`."""

    __slots__ = ()

    async def list(self, *, within: float | None = None) -> builtins.list[Mailbox]:
        """GET /mailboxes."""
        answer = await self._send("GET", "mailboxes", {}, slow=True, within=within)
        return _MAILBOX_LIST.read(answer)

    async def get(self, mailbox_name: str, *, within: float | None = None) -> Mailbox:
        """GET /mailboxes/{mailboxName}. Raises NotFound."""
        answer = await self._send("GET", f"mailboxes/{part(mailbox_name)}", {}, within=within)
        return _MAILBOX.read(answer)

    async def update(
        self,
        mailbox_name: str,
        *,
        old_messages: int,
        new_messages: int,
        within: float | None = None,
    ) -> None:
        """PUT /mailboxes/{mailboxName}. Raises NotFound."""
        await self._send(
            "PUT",
            f"mailboxes/{part(mailbox_name)}",
            {"oldMessages": old_messages, "newMessages": new_messages},
            within=within,
        )

    async def delete(self, mailbox_name: str, *, within: float | None = None) -> None:
        """DELETE /mailboxes/{mailboxName}. Raises NotFound."""
        await self._send("DELETE", f"mailboxes/{part(mailbox_name)}", {}, within=within)
