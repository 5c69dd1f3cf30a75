"""A part for the watcher's tests: gives its sign of life, and lives as long as the file beside its socket allows.

python part.py SOCKET
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from pathlib import Path

from config.signs import sign_of_life


async def main() -> None:
    socket = Path(sys.argv[1])
    if socket.with_suffix(".broken").exists():
        sys.exit("this part is broken")
    while socket.with_suffix(".mute").exists():
        time.sleep(0.05)  # noqa: ASYNC251 - mute means that nothing at all is answered
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    # A child in the same group, which must not outlive its part.
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(1000)")
    async with sign_of_life(socket, lambda: {"ready": True, "calls": 0, "child": child.pid}):
        await stop.wait()
    with contextlib.suppress(ProcessLookupError):
        child.kill()
    await child.wait()


asyncio.run(main())
