"""Commands on `playbacks`.

`within` is how many seconds the answer may take; None is the client's own limit.
Written by `generate.py`; change that, not this.
"""

from __future__ import annotations

from typing import Literal

from ..commands import Group, part
from ..reading import Reader
from .models import Playback

_PLAYBACK: Reader[Playback] = Reader(Playback)


class Playbacks(Group):
    """Commands on `playbacks`."""

    __slots__ = ()

    async def get(self, playback_id: str, *, within: float | None = None) -> Playback:
        """GET /playbacks/{playbackId}. Raises NotFound."""
        answer = await self._send("GET", f"playbacks/{part(playback_id)}", {}, within=within)
        return _PLAYBACK.read(answer)

    async def stop(self, playback_id: str, *, within: float | None = None) -> None:
        """DELETE /playbacks/{playbackId}. Raises NotFound."""
        await self._send("DELETE", f"playbacks/{part(playback_id)}", {}, within=within)

    async def control(
        self,
        playback_id: str,
        *,
        operation: Literal["restart", "pause", "unpause", "reverse", "forward"],
        within: float | None = None,
    ) -> None:
        """POST /playbacks/{playbackId}/control. Raises BadRequest, NotFound, Conflict."""
        await self._send("POST", f"playbacks/{part(playback_id)}/control", {"operation": operation}, within=within)
