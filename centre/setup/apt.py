"""Debian archives without root: apt and dpkg with every state file in a private folder.

The machine's own package database is neither read nor changed; only its mirror and keyring are taken from its
apt files. Standard library alone, since the launcher uses it before the virtual environment exists.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from centre.errors import Trouble
from centre.setup.lock import held

ETC = Path("/etc/apt")
KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
)
RELEASES = frozenset({"oldstable", "stable", "testing", "unstable", "sid"})


@dataclasses.dataclass(frozen=True)
class Source:
    """A mirror of Debian, and what its signatures are checked with."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str = ""
    """A keyring's path, or a key block as deb822 holds it; empty is what apt trusts anyway."""
    trusted: bool = False
    """The administrator said `trusted=yes`: a mirror of their own, without signatures."""

    def stanza(self, suite: str) -> str:
        """The same mirror as a deb822 source of another suite."""
        lines = ["Types: deb", f"URIs: {self.uri}", f"Suites: {suite}", "Components: main"]
        if self.signed_by:
            lines.append(f"Signed-By: {self.signed_by}")
        if self.trusted:
            lines.append("Trusted: yes")
        return "\n".join(lines) + "\n"


def one_line_sources(text: str) -> Iterator[Source]:
    """The enabled binary sources of a `.list` file: `deb [options] URI SUITE COMPONENT…`."""
    for line in text.splitlines():
        found = re.match(r"\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s*([^#]*)", line)
        if not found:
            continue
        options = dict(option.split("=", 1) for option in (found[1] or "").split() if "=" in option)
        yield Source(
            uri=found[2],
            suites=(found[3],),
            components=tuple(found[4].split()),
            signed_by=options.get("signed-by", "").split(",")[0],
            trusted=options.get("trusted") == "yes",
        )


def deb822_sources(text: str) -> Iterator[Source]:
    """The enabled binary sources of a `.sources` file: stanzas of fields, a key block possibly among them."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for stanza in re.split(r"\n\s*\n", "\n".join(lines)):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line[:1] in (" ", "\t"):
                if name:
                    fields[name] += "\n" + line
            elif ":" in line:
                name, value = line.split(":", 1)
                name = name.strip().lower()
                fields[name] = value.strip()
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() in (
            "no",
            "false",
        ):
            continue
        for uri in fields.get("uris", "").split():
            yield Source(
                uri=uri,
                suites=tuple(fields.get("suites", "").split()),
                components=tuple(fields.get("components", "").split()),
                signed_by=fields.get("signed-by", ""),
                trusted=fields.get("trusted", "").lower() == "yes",
            )


def sources_of(etc: Path) -> Iterator[Source]:
    """What the machine's own apt files name, in apt's order."""
    files = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]
    for file in files:
        try:
            text = file.read_text(errors="replace")
        except OSError:
            continue
        if file.suffix == ".list":
            yield from one_line_sources(text)
        elif file.suffix == ".sources":
            yield from deb822_sources(text)


def debian_mirror(sources: Iterable[Source], codename: str) -> Source | None:
    """The machine's mirror of Debian itself; not its security archive, nor a third party's."""
    for source in sources:
        if "main" in source.components and RELEASES.union({codename}).intersection(source.suites):
            return source
    return None


@functools.cache
def codename() -> str:
    """The machine's release by its code name (`bookworm`), empty where it has none (sid)."""
    try:
        found = re.search(r"^VERSION_CODENAME=(\S+)", Path("/etc/os-release").read_text(), re.MULTILINE)
    except OSError:
        return ""
    return found[1].strip("\"'") if found else ""


def available() -> bool:
    """Whether this machine can fetch Debian archives at all."""
    return all(shutil.which(tool) for tool in ("apt-get", "apt-cache", "dpkg-deb")) and bool(machine_mirror())


def machine_mirror(etc: Path = ETC) -> Source | None:
    """The machine's mirror, with Debian's own keyring where its entry names none."""
    mirror = debian_mirror(sources_of(etc), codename())
    if mirror is None or mirror.signed_by or mirror.trusted:
        return mirror
    keyring = next((ring for ring in KEYRINGS if ring.exists()), None)
    return dataclasses.replace(mirror, signed_by=str(keyring)) if keyring else mirror


class Apt:
    """One private apt state in `folder`, reading `suite` of the machine's mirror."""

    def __init__(self, folder: Path, suite: str) -> None:
        mirror = machine_mirror()
        if mirror is None:
            raise Trouble(
                "This machine's apt files name no Debian mirror, so the native programs cannot be fetched: "
                "use Debian 12 or 13, or install Asterisk, PostgreSQL, NATS and espeak-ng yourself."
            )
        self.folder = folder
        self.archives = folder / "cache" / "archives"
        for part in (
            "etc/preferences.d",
            "etc/sources.list.d",
            "state/lists/partial",
            "cache/archives/partial",
        ):
            (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()
        (folder / "etc" / "sources.list.d" / "centro311.sources").write_text(mirror.stanza(suite))

    def update(self) -> None:
        """Fetch the suite's list of packages."""
        self.get("update")

    def closure(self, packages: Sequence[str]) -> list[str]:
        """`packages` and all that they need, as `name=version`, libc included."""
        told = self.get("install", "--simulate", *packages)
        return [f"{name}={version}" for name, version in re.findall(r"^Inst (\S+) \((\S+) ", told, re.MULTILINE)]

    def names(self, pattern: str) -> list[str]:
        """The packages whose name matches a regular expression."""
        return self._run("apt-cache", ["pkgnames"], pattern)

    def download(self, packages: Sequence[str], progress: Callable[[int, int], None]) -> list[Path]:
        """Fetch these archives and no others, checked by apt's signatures; those already whole are kept.

        `progress(bytes here, bytes in all)` is called a few times a second.
        """
        told = self.get("download", "--print-uris", *packages)
        wanted = {name: int(size) for name, size in re.findall(r"^'\S+' (\S+) (\d+) ", told, re.MULTILINE)}
        total = sum(wanted.values())
        missing = [
            package
            for package in packages
            if not any(self._whole(name, size) for name, size in wanted.items() if belongs(name, package))
        ]
        if missing:
            child = self._start("apt-get", ["download", *missing], self.archives)
            while True:
                try:
                    _, complaint = child.communicate(timeout=0.3)
                    break
                except subprocess.TimeoutExpired:
                    progress(self._here(wanted), total)
            if child.returncode:
                raise trouble_of(complaint)
        progress(total, total)
        return [self.archives / name for name in wanted]

    def get(self, *arguments: str) -> str:
        """What `apt-get` prints. Trouble where it fails."""
        child = self._start("apt-get", ["-y", *arguments], self.folder)
        told, complaint = child.communicate()
        if child.returncode:
            raise trouble_of(complaint)
        return told

    def _whole(self, name: str, size: int) -> bool:
        archive = self.archives / name
        return archive.exists() and archive.stat().st_size == size

    def _here(self, wanted: Iterable[str]) -> int:
        found = 0
        for name in wanted:
            for place in (self.archives / name, self.archives / "partial" / name):
                try:
                    found += place.stat().st_size
                except OSError:
                    continue
        return found

    def _run(self, program: str, arguments: Sequence[str], pattern: str) -> list[str]:
        child = self._start(program, arguments, self.folder)
        told, complaint = child.communicate()
        if child.returncode:
            raise trouble_of(complaint)
        return [name for name in told.split() if re.fullmatch(pattern, name)]

    def _start(self, program: str, arguments: Sequence[str], cwd: Path) -> subprocess.Popen[str]:
        folder = self.folder
        options = {
            "Dir::Etc": folder / "etc",
            "Dir::Etc::sourcelist": "-",
            "Dir::Etc::sourceparts": folder / "etc" / "sources.list.d",
            "Dir::Etc::preferences": "-",
            "Dir::Etc::preferencesparts": folder / "etc" / "preferences.d",
            "Dir::Etc::trustedparts": ETC / "trusted.gpg.d",
            "Dir::Etc::netrc": ETC / "auth.conf",
            "Dir::Etc::netrcparts": ETC / "auth.conf.d",
            "Dir::State": folder / "state",
            "Dir::State::status": folder / "status",
            "Dir::Cache": folder / "cache",
            "Dir::Cache::pkgcache": "pkgcache.bin",
            "Dir::Cache::srcpkgcache": "srcpkgcache.bin",
            "Acquire::GzipIndexes": "false",
            "APT::Install-Recommends": "false",
            "APT::Update::Error-Mode": "any",
            "APT::Sandbox::User": "",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            "Debug::NoLocking": "1",
        }
        command = [program, *(f"-o{name}={value}" for name, value in options.items()), "-q", *arguments]
        return subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            pass_fds=held(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def belongs(archive: str, package: str) -> bool:
    """Whether a file name (`libc6_2.43-7_amd64.deb`) is that package's (`libc6=2.43-7`)."""
    name, _, version = package.partition("=")
    return archive.startswith(f"{name.split(':')[0]}_{version.replace(':', '%3a')}_")


def trouble_of(complaint: str) -> Trouble:
    """What to tell a person of apt's own words."""
    if re.search(r"no space left|write error|disk full", complaint, re.IGNORECASE):
        return Trouble("The disk is full: fetching Debian packages stopped. Free some space and repeat the command.")
    if re.search(
        r"temporary failure|could not resolve|unable to connect|connection|timed out|failed to fetch",
        complaint,
        re.IGNORECASE,
    ):
        return Trouble(
            "Debian's mirror cannot be reached, so the native programs cannot be fetched: "
            "check the network (or the proxy in apt's configuration) and repeat the command."
        )
    last = next((line for line in reversed(complaint.splitlines()) if line.startswith("E:")), complaint.strip())
    return Trouble(f"Fetching Debian packages failed: apt says {shlex.quote(last[3:] or 'nothing')}.")
