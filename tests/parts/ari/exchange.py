"""A small Asterisk for the tests of the ARI client: loopback HTTP, Local channels, no telephone."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
import urllib.request
import wave
from pathlib import Path

from ivr.ari.http import authorization
from tests.native import free_port, program

USER, PASSWORD = "tester", "open sesame"
MODULES = [
    *("pbx_config", "app_stasis", "app_stasis_broadcast", "app_senddtmf", "app_verbose", "app_playback"),
    *("bridge_simple", "bridge_softmix", "bridge_holding", "bridge_builtin_features"),
    *("codec_ulaw", "codec_resample", "format_pcm", "format_wav", "format_sln", "func_channel", "func_global"),
    *("res_sorcery_config", "res_sorcery_memory", "res_sorcery_astdb", "res_timing_timerfd", "res_musiconhold"),
    *("res_http_websocket", "res_websocket_client", "res_stasis", "res_stasis_answer", "res_stasis_playback"),
    *("res_stasis_recording", "res_stasis_snoop", "res_stasis_device_state", "res_stasis_broadcast"),
    *("res_ari_model", "res_ari", "res_ari_applications", "res_ari_asterisk", "res_ari_bridges"),
    *("res_ari_channels", "res_ari_device_states", "res_ari_endpoints", "res_ari_events"),
    *("res_ari_playbacks", "res_ari_recordings", "res_ari_sounds"),
]

DIALPLAN = """
[far]
exten => answer,1,Answer(0)
 same => n,Wait(600)
exten => ring,1,Ringing()
 same => n,Wait(600)
exten => digits,1,Answer(0)
 same => n,Wait(0.1)
 same => n,SendDTMF(1234)
 same => n,Wait(600)
exten => away,1,Wait(600)

[near]
exten => _[a-z].,1,Answer(0)
 same => n,Stasis(${EXTEN})
 same => n,Hangup()
"""
"""`far`: what the other end of a Local channel does. `away` is where channels are sent that leave an application.
`near`: whoever dials a name gets to the application of that name."""


class Exchange:
    """One Asterisk in a folder of its own. `start()` returns when it answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._program = program("asterisk")
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._configure()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/ari"

    def start(self) -> None:
        with (self.folder / "output.txt").open("ab") as output:
            self.process = subprocess.Popen(
                [self._program, "-f", "-C", self.folder / "etc/asterisk.conf"],
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        until = time.monotonic() + 30
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"Asterisk did not start: {(self.folder / 'output.txt').read_text()}")
            time.sleep(0.05)

    def kill(self) -> None:
        """As `kill -9` does; returns when it is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def freeze(self) -> None:
        """Returns once every thread of it stands still."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def restart(self) -> None:
        self.kill()
        self.start()

    def command(self, line: str) -> str:
        """One line at Asterisk's own console."""
        return subprocess.run(
            [self._program, "-C", self.folder / "etc/asterisk.conf", "-rx", line],
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def _answers(self) -> bool:
        """Whether ARI takes commands; while Asterisk starts it answers 503."""
        request = urllib.request.Request(f"{self.url}/asterisk/ping", headers=dict(authorization(USER, PASSWORD)))
        try:
            urllib.request.urlopen(request, timeout=1).close()
        except OSError:
            return False
        return True

    def _configure(self) -> None:
        etc = self.folder / "etc"
        for name in ("etc", "lib", "db", "key", "spool/recording", "run", "log", "sounds"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        usr = self._program.parent.parent
        modules = next(usr.glob("lib/*/asterisk/modules"))
        files = {
            "asterisk.conf": f"""
[directories]
astetcdir => {etc}
astmoddir => {modules}
astvarlibdir => {self.folder}/lib
astdbdir => {self.folder}/db
astkeydir => {self.folder}/key
astdatadir => {usr}/share/asterisk
astagidir => {self.folder}/lib
astspooldir => {self.folder}/spool
astrundir => {self.folder}/run
astlogdir => {self.folder}/log
[options]
entityid = 02:00:00:00:00:01
maxfiles = {hard_limit()}
""",
            "modules.conf": "[modules]\nautoload = no\n" + "".join(f"load = {name}.so\n" for name in MODULES),
            "http.conf": f"""
[general]
enabled = yes
bindaddr = 127.0.0.1
bindport = {self.port}
sessionlimit = 500
""",
            "ari.conf": f"""
[general]
enabled = yes
websocket_write_timeout = 5000
channelvars = C311
[{USER}]
type = user
read_only = no
password = {PASSWORD}
""",
            "extensions.conf": DIALPLAN,
            "logger.conf": "[general]\n[logfiles]\nmessages.log = notice,warning,error\n",
            "musiconhold.conf": f"[default]\nmode = files\ndirectory = {self.folder}/sounds\n",
        }
        for name, text in files.items():
            (etc / name).write_text(text)
        silence(self.folder / "sounds/second.wav", 1.0)
        silence(self.folder / "sounds/long.wav", 30.0)

    def sound(self, name: str) -> str:
        """The media URI of a sound of this exchange."""
        return f"sound:{self.folder}/sounds/{name}"


def hard_limit() -> int:
    return min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 65536)


def silence(path: Path, seconds: float) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * int(8000 * seconds))
