"""Commands on `recordings`.

`within` is how many seconds the answer may take; None is the client's own limit.
Written by `generate.py`; change that, not this.
"""

from __future__ import annotations

import builtins

from ..commands import Group, part
from ..reading import Reader
from .models import LiveRecording, StoredRecording

_LIVE_RECORDING: Reader[LiveRecording] = Reader(LiveRecording)
_STORED_RECORDING_LIST: Reader[list[StoredRecording]] = Reader(list[StoredRecording])
_STORED_RECORDING: Reader[StoredRecording] = Reader(StoredRecording)


class Recordings(Group):
    """Commands on `recordings`."""

    __slots__ = ()

    async def list_stored(self, *, within: float | None = None) -> builtins.list[StoredRecording]:
        """GET /recordings/stored."""
        answer = await self._send("GET", "recordings/stored", {}, slow=True, within=within)
        return _STORED_RECORDING_LIST.read(answer)

    async def get_stored(self, recording_name: str, *, within: float | None = None) -> StoredRecording:
        """GET /recordings/stored/{recordingName}. Raises NotFound."""
        answer = await self._send("GET", f"recordings/stored/{part(recording_name)}", {}, slow=True, within=within)
        return _STORED_RECORDING.read(answer)

    async def delete_stored(self, recording_name: str, *, within: float | None = None) -> None:
        """DELETE /recordings/stored/{recordingName}. Raises NotFound."""
        await self._send("DELETE", f"recordings/stored/{part(recording_name)}", {}, slow=True, within=within)

    async def get_stored_file(self, recording_name: str, *, within: float | None = None) -> bytes:
        """GET /recordings/stored/{recordingName}/file. Raises NotFound."""
        answer = await self._send("GET", f"recordings/stored/{part(recording_name)}/file", {}, slow=True, within=within)
        return answer if isinstance(answer, bytes) else answer.encode()

    async def copy_stored(
        self,
        recording_name: str,
        *,
        destination_recording_name: str,
        within: float | None = None,
    ) -> StoredRecording:
        """POST /recordings/stored/{recordingName}/copy. Raises NotFound, Conflict."""
        answer = await self._send(
            "POST",
            f"recordings/stored/{part(recording_name)}/copy",
            {"destinationRecordingName": destination_recording_name},
            slow=True,
            within=within,
        )
        return _STORED_RECORDING.read(answer)

    async def get_live(self, recording_name: str, *, within: float | None = None) -> LiveRecording:
        """GET /recordings/live/{recordingName}. Raises NotFound."""
        answer = await self._send("GET", f"recordings/live/{part(recording_name)}", {}, within=within)
        return _LIVE_RECORDING.read(answer)

    async def cancel(self, recording_name: str, *, within: float | None = None) -> None:
        """DELETE /recordings/live/{recordingName}. Raises NotFound."""
        await self._send("DELETE", f"recordings/live/{part(recording_name)}", {}, within=within)

    async def stop(self, recording_name: str, *, within: float | None = None) -> None:
        """POST /recordings/live/{recordingName}/stop. Raises NotFound."""
        await self._send("POST", f"recordings/live/{part(recording_name)}/stop", {}, within=within)

    async def pause(self, recording_name: str, *, within: float | None = None) -> None:
        """POST /recordings/live/{recordingName}/pause. Raises NotFound, Conflict."""
        await self._send("POST", f"recordings/live/{part(recording_name)}/pause", {}, within=within)

    async def unpause(self, recording_name: str, *, within: float | None = None) -> None:
        """DELETE /recordings/live/{recordingName}/pause. Raises NotFound, Conflict."""
        await self._send("DELETE", f"recordings/live/{part(recording_name)}/pause", {}, within=within)

    async def mute(self, recording_name: str, *, within: float | None = None) -> None:
        """POST /recordings/live/{recordingName}/mute. Raises NotFound, Conflict."""
        await self._send("POST", f"recordings/live/{part(recording_name)}/mute", {}, within=within)

    async def unmute(self, recording_name: str, *, within: float | None = None) -> None:
        """DELETE /recordings/live/{recordingName}/mute. Raises NotFound, Conflict."""
        await self._send("DELETE", f"recordings/live/{part(recording_name)}/mute", {}, within=within)
