"""A part for the watcher's tests: gives its sign of life, and does what the files beside its socket tell.

python part.py SOCKET
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from pathlib import Path
from typing import Any

from config.logs import log_to
from config.signs import sign_of_life


async def main() -> None:
    socket = Path(sys.argv[1])
    if socket.with_suffix(".broken").exists():
        sys.exit("this part is broken")
    while socket.with_suffix(".mute").exists():
        time.sleep(0.05)  # noqa: ASYNC251 - mute means that nothing at all is answered
    log_to(socket.with_suffix(".jsonl"))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    # A child in the same group, which must not outlive its part.
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(1000)")

    def describe() -> dict[str, Any]:
        while socket.with_suffix(".busy").exists():
            pass
        while socket.with_suffix(".stuck").exists():
            time.sleep(0.05)
        return {"ready": True, "calls": 0, "child": child.pid}

    async with sign_of_life(socket, describe):
        await stop.wait()
    with contextlib.suppress(ProcessLookupError):
        child.kill()
    await child.wait()


asyncio.run(main())
