"""Commands on `sounds`.

`within` is how many seconds the answer may take; None is the client's own limit.
Written by `generate.py`; change that, not this.
"""

from __future__ import annotations

import builtins

from ..commands import Group, part
from ..reading import Reader
from .models import Sound

_SOUND_LIST: Reader[list[Sound]] = Reader(list[Sound])
_SOUND: Reader[Sound] = Reader(Sound)


class Sounds(Group):
    """Commands on `sounds`."""

    __slots__ = ()

    async def list(
        self,
        *,
        lang: str | None = None,
        format: str | None = None,
        within: float | None = None,
    ) -> builtins.list[Sound]:
        """GET /sounds."""
        answer = await self._send("GET", "sounds", {"lang": lang, "format": format}, slow=True, within=within)
        return _SOUND_LIST.read(answer)

    async def get(self, sound_id: str, *, within: float | None = None) -> Sound:
        """GET /sounds/{soundId}."""
        answer = await self._send("GET", f"sounds/{part(sound_id)}", {}, slow=True, within=within)
        return _SOUND.read(answer)
