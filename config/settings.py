"""Settings of one node: where it keeps what it writes, and the ports it listens on.

`centre` writes them once at set-up; every process reads them with `Settings.load(data)`.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
import socket
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from config.files import write_private

SHIPPED = Path(__file__).resolve().parent
"""The folder of the shipped defaults: flows, prompts, voices, institutions."""

CHECKOUT = SHIPPED.parent

COMMON_BUS = "c311"
"""What every centre's bus was called before each had a word of its own."""


Port = Annotated[int, Meta(ge=1, le=65500)]
Word = Annotated[str, Meta(pattern=r"^[a-z0-9-]+$")]


class UnfitSettings(ValueError):
    """Settings that cannot be used. The text is a sentence that names file, field and what would be right."""


class Settings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One node's settings, kept in `DATA/settings.json`. Ports are TCP unless said otherwise."""

    data: Path
    node: Annotated[str, Meta(pattern="^[a-z0-9]+$")] = "n1"
    """Prefix of every call id (Asterisk's `systemname`)."""
    bind: str = "0.0.0.0"
    external_address: str | None = None
    """The IPv4 address of the router in front, which telephones outside are told in place of ours."""
    sip_port: Port = 5060
    """UDP and TCP; TLS is the next one."""
    http_port: Port = 8311
    """Plain HTTP on loopback; the next four are HTTPS, Asterisk's loopback HTTP, Asterisk's WSS and NATS."""
    database_url: str | None = None
    """A server of the administrator's; None is the node's private PostgreSQL."""
    nats_url: str | None = None
    """A server of the administrator's; None is the node's private NATS."""
    bus: Word = COMMON_BUS
    """The first word of the centre's subjects on NATS: the server may be another centre's too."""
    nats_token: str = ""
    """What whoever connects to the private NATS must know: other users of the machine reach its port too."""
    ari_over_http: bool = False
    """True sends every ARI request over HTTP instead of the event WebSocket."""
    wrap_up_seconds: Annotated[float, Meta(ge=0, le=3600)] = 45.0
    """How long an agent has for the case after a call, before the next one may ring."""
    record_anonymous_denunciations: bool = False
    """Whether conversations about them may be recorded and heard; a message is the case's text, and always heard."""
    parts: Path | None = None
    """Native programs and the browser bundle; None is `DATA/parts`. Tests share one between centres."""

    certificate: Path | None = None
    """A given certificate with its chain (PEM) instead of one of the centre's own authority; `key` goes with it."""
    key: Path | None = None

    def __post_init__(self) -> None:
        for name, address, kind in (
            ("bind", self.bind, ipaddress.ip_address),
            ("external_address", self.external_address or "0.0.0.0", ipaddress.IPv4Address),
        ):
            try:
                kind(address)
            except ValueError:
                raise ValueError(f"an address such as 192.0.2.7 - at `$.{name}`") from None

    @property
    def sip_tls_port(self) -> int:
        return self.sip_port + 1

    @property
    def https_port(self) -> int:
        return self.http_port + 1

    @property
    def asterisk_http_port(self) -> int:
        return self.http_port + 2

    @property
    def asterisk_wss_port(self) -> int:
        return self.http_port + 3

    @property
    def nats_port(self) -> int:
        return self.http_port + 4

    @property
    def nats(self) -> str:
        return self.nats_url or f"nats://{self.nats_token + '@' if self.nats_token else ''}127.0.0.1:{self.nats_port}"

    @property
    def database(self) -> str:
        """A SQLAlchemy URL; `postgresql://` means psycopg 3 (async)."""
        if self.database_url:
            return re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql://", self.database_url)
        return f"postgresql://centro311@/centro311?host={self.run}"

    @property
    def place(self) -> str:
        """Where this centre is, to tell it from others that use the same database: its machine and its folder."""
        return f"{socket.gethostname()}:{self.data.resolve()}"

    @property
    def parts_dir(self) -> Path:
        return self.parts or self.data / "parts"

    @property
    def native(self) -> Path:
        """Root of the unpacked native programs (`usr/sbin/asterisk`, …)."""
        return self.parts_dir / "native"

    @property
    def static(self) -> Path:
        """The browser bundle as it is served."""
        return self.parts_dir / "static"

    @property
    def run(self) -> Path:
        """Sockets and process files. Short, since a socket's path may hold 107 bytes."""
        return self.data / "run"

    @property
    def log(self) -> Path:
        return self.data / "log"

    @property
    def asterisk(self) -> Path:
        """Asterisk's own folders: `etc`, `spool`, `db`, `run`, `log` (with `cel.csv`)."""
        return self.data / "asterisk"

    @property
    def prompts(self) -> Path:
        """What callers hear now: `<language>/<prompt id>.wav` (8 kHz) and `.sln16`; `recorded/` wins over all."""
        return self.data / "prompts"

    @property
    def journal(self) -> Path:
        return self.data / "journal"

    @property
    def recordings(self) -> Path:
        return self.data / "recordings"

    @property
    def tls(self) -> Path:
        """`ca.pem`, `server.pem`, `server.key`."""
        return self.data / "tls"

    @classmethod
    def load(cls, data: Path) -> Settings:
        """The settings of the node in this folder. FileNotFoundError where none was set up, UnfitSettings."""
        file = data / "settings.json"
        written = file.read_bytes()
        try:
            return msgspec.json.decode(written, type=cls, dec_hook=lambda kind, value: kind(value))
        except msgspec.ValidationError as error:
            raise UnfitSettings(f"{file}: {_told(str(error))}") from error
        except msgspec.DecodeError as error:
            raise UnfitSettings(f"{file} cannot be read ({error}): mend it by hand.") from error

    def save(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        write_private(self.data / "settings.json", msgspec.json.format(msgspec.json.encode(self, enc_hook=str)))


def _told(complaint: str) -> str:
    """The sentence for msgspec's words about one field."""
    if unknown := re.search(r"unknown field `(.*)`", complaint):
        name, fields = unknown[1], Settings.__struct_fields__
        near = difflib.get_close_matches(name, fields, n=1)
        return f"there is no setting «{name}»; " + (
            f"is «{near[0]}» meant?" if near else f"there are {', '.join(fields)}."
        )
    for kind, word in (("`int`", "a whole number"), ("`float`", "a number"), ("`str`", "a text")):
        complaint = complaint.replace(kind, word)
    wanted, _, place = complaint.partition(" - at `$.")
    return f"«{place.rstrip('`')}» must be {re.sub('^[Ee]xpected ', '', wanted)}." if place else f"{complaint}."


class Secrets(msgspec.Struct, kw_only=True):
    """What the parts of a node prove themselves with, in `DATA/secrets.json`, readable by its owner alone."""

    ari_password: str
    web_secret: str
    """Signs the desktop's cookies; 32 bytes in hex."""

    @classmethod
    def load(cls, data: Path) -> Secrets:
        return msgspec.json.decode((data / "secrets.json").read_bytes(), type=cls)

    def save(self, data: Path) -> None:
        write_private(data / "secrets.json", msgspec.json.format(msgspec.json.encode(self)))
