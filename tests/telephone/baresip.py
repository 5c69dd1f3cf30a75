"""One baresip process: its configuration, its commands and its events, over its TCP control socket.

What was seen of baresip 1.1.0 and is relied on here:
- `sip_listen ADDRESS:0` takes free ports for UDP and TCP; with a fixed port P it takes P+1 for TLS as well.
- `ctrl_tcp` speaks netstrings of JSON. It has no port 0, and a port that is taken is an error line, not an
  exit: so the line that names the port is waited for on standard output. Events come before the answer to
  the command that caused them.
- `sndcode` is a command only while a call is up ("command not found" otherwise). Of several digits in one command only
  the last is sent with its end (RFC 4733's E bit), and a digit that comes before the end of an equal one has gone out
  (220 ms) is taken for two: so each is a command of its own, 320 ms of sent audio after the one before.
- `sndfile` writes what is received as it arrives, without a buffer, to `dump-<time>-dec.wav`. The time has
  whole seconds, so two calls of one telephone in the same second would share a file. Where nothing is
  received nothing is written: pauses of the other side are not in the file. Its header is wrong until the
  end.
- `aufile` loads its whole source into memory when a call begins, and as a player writes `speaker.wav` unless
  told where to.
- Its own tones come from a thread that calls what is freed now and then: of 400 calls that rang and were answered, 11
  ended it. Without the files in `audio_path` it plays none.
- It says what its modules do only with `-v`. `ausine` works at 48 kHz only.
- `CALL_INCOMING` does not come where the account answers by itself; its first event is `CALL_REMOTE_SDP`.
  A registration may be over before the control socket is: ask `reginfo`.
- A call that the other side ended closes with "Connection reset by peer", a refused one with its status,
  "486 Busy Here".
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.native import free_port, program

CONFIG = """\
sip_listen {address}:0
call_local_timeout 120
call_max_calls 4
audio_player aufile,/dev/null
audio_source aufile,{source}
audio_alert aufile,/dev/null
audio_path {folder}
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
audio_level no
rtp_ports 42000-49999
rtp_timeout 0
audio_jitter_buffer_type off
statmode_default off
module_path {modules}
module g711.so
module aufile.so
module sndfile.so
snd_path {folder}
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
"""


class Baresip:
    """A running baresip.

    `on_event` is called with each event, a dict with `type`, `param` and, for calls, `id`.
    """

    def __init__(self, folder: Path, on_event: Callable[[dict[str, Any]], None]) -> None:
        self.folder = folder
        self._on_event = on_event
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._commands = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, account: str, address: str, source: Path) -> None:
        """Run with one account line.

        RuntimeError, with baresip's own words, when it does not come up in 10 s.
        """
        binary = program("baresip")
        modules = next(binary.parent.parent.glob("lib*/**/baresip/modules"), Path("/usr/lib/baresip/modules"))
        control = free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "accounts").write_text(account + "\n")
        (self.folder / "contacts").touch()
        (self.folder / "config").write_text(
            CONFIG.format(address=address, source=source, modules=modules, folder=self.folder, control=control)
        )
        self._log = (self.folder / "baresip.log").open("wb")
        self.process = await asyncio.create_subprocess_exec(
            str(binary),
            *("-4", "-v", "-f", str(self.folder)),
            cwd=self.folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        listening = f"ctrl_tcp: TCP socket listening on 127.0.0.1:{control}"
        try:
            async with asyncio.timeout(10):
                while listening not in self.log() or "baresip is ready" not in self.log():
                    if self.process.returncode is not None:
                        raise RuntimeError(f"The test telephone did not start:\n{self.log()}")
                    await asyncio.sleep(0.02)
                reader, self._writer = await asyncio.open_connection("127.0.0.1", control)
        except TimeoutError:
            raise RuntimeError(f"The test telephone did not come up:\n{self.log()}") from None
        self._tasks.append(asyncio.create_task(self._read(reader)))

    def log(self) -> str:
        return (self.folder / "baresip.log").read_text(errors="replace")

    async def command(self, name: str, params: str = "") -> str:
        """Run one command and return what it says.

        RuntimeError when baresip refuses it, or is silent for 5 s.
        """
        self._commands += 1
        token = str(self._commands)
        message = json.dumps({"command": name, "params": params, "token": token}).encode()
        answer = self._answers[token] = asyncio.get_running_loop().create_future()
        self._writer.write(b"%d:%s," % (len(message), message))
        try:
            async with asyncio.timeout(5):
                said = await answer
        except TimeoutError:
            raise RuntimeError(f"The test telephone does not answer to `{name} {params}`.") from None
        finally:
            del self._answers[token]
        if not said.get("ok"):
            raise RuntimeError(f"The test telephone refused `{name} {params}`: {said.get('data', '').strip()}")
        return str(said.get("data", ""))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                length = int((await reader.readuntil(b":"))[:-1])
                message = json.loads((await reader.readexactly(length + 1))[:-1])
                if message.get("event"):
                    self._on_event(message)
                elif (answer := self._answers.get(message.get("token", ""))) and not answer.done():
                    answer.set_result(message)

    def signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    async def stop(self) -> None:
        """End it, politely for a second (it hangs up and gives up its registration), then by force.

        Frozen ones too.
        """
        process = getattr(self, "process", None)
        if process is not None and process.returncode is None:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(2):
                    await process.wait()
            except TimeoutError:
                self.signal(signal.SIGKILL)
                await process.wait()
        for task in self._tasks:
            task.cancel()
        if writer := getattr(self, "_writer", None):
            writer.close()
        if log := getattr(self, "_log", None):
            log.close()
