"""A small Asterisk with a plain dialplan, and sounds that are as different as words are, to try the
telephone on.
"""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from tests.native import free_port, program

MODULES = """
res_sorcery_config res_sorcery_memory res_sorcery_astdb res_pjproject res_pjsip res_pjsip_session
res_pjsip_pubsub res_pjsip_sdp_rtp res_pjsip_authenticator_digest res_pjsip_endpoint_identifier_user
res_pjsip_endpoint_identifier_anonymous res_pjsip_registrar res_pjsip_caller_id res_rtp_asterisk
res_timing_timerfd chan_pjsip codec_ulaw format_wav pbx_config app_playback app_read app_dial app_echo
bridge_simple bridge_native_rtp
"""

PJSIP = """\
[udp]
type=transport
protocol=udp
bind=127.0.0.1:{port}
[anonymous]
type=endpoint
context=calls
disallow=all
allow=ulaw
direct_media=no
[agent-rosa]
type=endpoint
context=calls
disallow=all
allow=ulaw
direct_media=no
auth=agent-rosa
aors=agent-rosa
[agent-rosa]
type=auth
auth_type=digest
username=agent-rosa
password=prueba-311
[agent-rosa]
type=aor
max_contacts=1
remove_existing=yes
"""

EXTENSIONS = """\
[calls]
exten => 311,1,Answer(0)
 same => n,Playback({sounds}/es/greeting)
 same => n,Read(DIGIT,{sounds}/es/menu.main,1,,1,5)
 same => n,Playback({sounds}/es/digit.${{DIGIT}})
 same => n,Hangup()
exten => 312,1,Dial(PJSIP/agent-rosa,20)
exten => 313,1,Answer(0)
 same => n,Echo()
exten => 314,1,Answer(0)
 same => n,Read(DIGITS,,10,,1,20)
 same => n,Playback({sounds}/es/digit.${{DIGITS:0:1}})
 same => n,Playback({sounds}/es/digit.${{DIGITS:4:1}}&{sounds}/es/digit.${{DIGITS:9:1}})
 same => n,Wait(1)
exten => 315,1,Answer(0)
 same => n,Playback({sounds}/es/digit.4&{sounds}/es/digit.9&{sounds}/es/digit.4)
 same => n,Wait(1)
exten => 316,1,Busy(1)
exten => 318,1,Answer(0)
 same => n,Playback({sounds}/music/one)
exten => 317,1,Answer(0)
 same => n,Wait(30)
"""


class Folder:
    """Prompt files by name, as `ivr.prompts.Prompts` gives them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self, language: str, *pieces: str) -> list[Path]:
        return [self.folder / language / f"{piece}.wav" for piece in pieces]


def write_babble(path: Path, seconds: float, seed: int) -> None:
    """Noise in the telephone band with syllables in it: no two seeds are alike."""
    chance = np.random.default_rng(seed)
    count = int(8000 * seconds)
    spectrum = np.fft.rfft(chance.standard_normal(count))
    hertzes = np.fft.rfftfreq(count, 1 / 8000)
    spectrum[(hertzes < 300) | (hertzes > 3000)] = 0
    syllables = np.interp(np.arange(count), np.arange(0, count, 800), chance.uniform(0.1, 1, -(-count // 800)))
    sound = np.fft.irfft(spectrum, count) * syllables
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", "NONE"))
        file.writeframes((sound / np.abs(sound).max() * 16000).astype("<i2").tobytes())


@pytest.fixture(scope="session")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    folder = tmp_path_factory.mktemp("prompts")
    lengths = {"greeting": 2.5, "menu.main": 4.0, "music": 20.0} | {f"digit.{d}": 0.45 for d in range(10)}
    for seed, (name, seconds) in enumerate(lengths.items()):
        write_babble(folder / "es" / f"{name}.wav", seconds, seed)
        write_babble(folder / "en" / f"{name}.wav", seconds, 100 + seed)
    (folder / "music").mkdir()
    (folder / "es/music.wav").rename(folder / "music/one.wav")
    (folder / "en/music.wav").unlink()
    return Folder(folder)


@pytest.fixture(scope="session")
async def exchange(sounds: Folder, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[int]:
    """A running Asterisk; the value is its SIP port."""
    folder = tmp_path_factory.mktemp("asterisk")
    asterisk, port = program("asterisk"), free_port()
    prefix = asterisk.parent.parent
    modules = next(prefix.glob("lib*/**/asterisk/modules"))
    etc = folder / "etc"
    etc.mkdir()
    for name in ("var", "db", "key", "spool", "run", "log"):
        (folder / name).mkdir()
    (etc / "asterisk.conf").write_text(
        f"[directories]\nastetcdir => {etc}\nastmoddir => {modules}\nastdatadir => {prefix}/share/asterisk\n"
        f"astvarlibdir => {folder}/var\nastdbdir => {folder}/db\nastkeydir => {folder}/key\n"
        f"astspooldir => {folder}/spool\nastrundir => {folder}/run\nastlogdir => {folder}/log\n"
    )
    (etc / "modules.conf").write_text(
        "[modules]\nautoload=no\n" + "".join(f"load={name}.so\n" for name in MODULES.split())
    )
    (etc / "pjsip.conf").write_text(PJSIP.format(port=port))
    (etc / "rtp.conf").write_text("[general]\nrtpstart=50000\nrtpend=51999\n")
    (etc / "extensions.conf").write_text(EXTENSIONS.format(sounds=sounds.folder))
    (etc / "logger.conf").write_text("[logfiles]\nmessages => notice,warning,error\n")
    process = await asyncio.create_subprocess_exec(
        str(asterisk),
        *("-f", "-C", str(etc / "asterisk.conf")),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        await _booted(asterisk, etc)
        yield port
    finally:
        process.terminate()
        await process.wait()


async def _booted(asterisk: Path, etc: Path) -> None:
    async with asyncio.timeout(20):
        while True:
            asking = await asyncio.create_subprocess_exec(
                str(asterisk),
                *("-C", str(etc / "asterisk.conf"), "-rx", "core waitfullybooted"),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            if await asking.wait() == 0:
                return
            await asyncio.sleep(0.1)
