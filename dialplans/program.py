"""Asterisk the program: the command that starts it, its console, its version."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from config.settings import Settings
from dialplans import installation
from dialplans.installation import AsteriskError


def command(settings: Settings) -> list[str]:
    """Starts Asterisk in the foreground, without console and colours, with the node's rendered configuration."""
    program = installation.find(settings).program
    return [str(program), "-f", "-n", "-C", str(_configuration(settings))]


def console(settings: Settings, line: str, seconds: float = 10.0) -> str:
    """Run one console command in the running Asterisk and return what it prints.

    AsteriskError where none is running or it does not answer within `seconds`.
    """
    program = installation.find(settings).program
    try:
        done = subprocess.run(
            [str(program), "-C", str(_configuration(settings)), "-rx", line],
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AsteriskError(f"Asterisk does not answer its console: {error}") from error
    if done.returncode != 0:
        told = (done.stderr or done.stdout).strip()
        raise AsteriskError(f"Asterisk did not run {line!r}: {told or 'it gives no reason'}")
    return done.stdout


def reload_telephones(settings: Settings) -> None:
    """Make the running Asterisk read agents' telephones, trunks and certificates anew. Calls go on."""
    for module in ("res_pjsip", "res_pjsip_endpoint_identifier_ip", "res_pjsip_outbound_registration"):
        console(settings, f"module reload {module}.so")


def contacts(settings: Settings, agent: str) -> list[str]:
    """Where this agent's telephone is registered, as Asterisk names it."""
    told = console(settings, "database show registrar/contact")
    return re.findall(rf"^/registrar/contact/(agent-{re.escape(agent)};@\w+)", told, re.MULTILINE)


def reload_all(settings: Settings) -> None:
    """The same after `render`: the dialplan, HTTPS certificate, music and ARI's user too. Calls go on."""
    for module in ("pbx_config.so", "res_musiconhold.so", "res_ari.so", "http"):
        console(settings, f"module reload {module}")
    reload_telephones(settings)


def reload_certificates(settings: Settings) -> None:
    """Make the running Asterisk show the certificate that lies in `settings.tls` now. Calls go on."""
    for module in ("http", "res_pjsip.so"):
        console(settings, f"module reload {module}")


def rotate_log(settings: Settings, keep: int = 10) -> None:
    """Begin a new `messages.log` and keep the last `keep` old ones (`messages.log.0` is the newest)."""
    console(settings, "logger rotate")
    for old in (settings.asterisk / "log").glob("messages.log.*"):
        if old.suffix[1:].isdecimal() and int(old.suffix[1:]) >= keep:
            old.unlink(missing_ok=True)


def asterisk_version(path: Path) -> tuple[int, int, int]:
    """Version of the program at `path`, such as (22, 10, 1). AsteriskError where it cannot be told."""
    try:
        told = subprocess.run([str(path), "-V"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AsteriskError(f"{path} does not run: {error}") from error
    found = re.search(r"Asterisk (?:certified[-/])?(\d+)\.(\d+)(?:\.(\d+))?", told.stdout)
    if not found:
        raise AsteriskError(f"{path} does not tell its version: {told.stdout.strip()!r}")
    return int(found[1]), int(found[2]), int(found[3] or 0)


def _configuration(settings: Settings) -> Path:
    return settings.asterisk / "etc/asterisk.conf"
