"""Native programs in a private folder, without root: a root of Debian's archives whose programs start like any other.

`docs/decisions/private-native-parts.md` says why. A root is made under a temporary name and renamed when whole.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import json
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from centre.errors import Trouble, explain
from centre.setup.apt import Apt
from centre.setup.lock import held
from centre.setup.show import Say

STAMP = ".whole.json"
SUITE = "sid"

NEVER_RUN = re.compile(
    r"perl.*|lib.*-perl|libperl.*|python3.*|libpython.*|systemd.*|libsystemd-shared|libllvm.*|libz3-.*|locales|libc-l10n|debconf"
    r"|adduser|passwd|base-passwd|ucf|login\.defs|gnupg.*|gpg.*|dirmngr|pinentry.*|libpam-modules.*|pci\.ids|postgresql-common"
    r"|postgresql-client-common|ssl-cert|openssl|procps|sensible-utils|sysvinit-utils|mesa-libgallium|dbus.*|dconf.*"
    r"|adwaita-icon-theme|hicolor-icon-theme|glycin.*|bubblewrap|xdg-.*|x11-common|gsettings-.*|at-spi2-(core|common)"
    r"|chromium-sandbox|libcolord.*|colord.*|libgtk-3-(bin|common)|libc-bin"
)
"""Of a closure, what only maintainer scripts, servers' helpers or a desktop's looks need: a third of its size."""

LEFT_OUT = ("doc", "man", "info", "locale", "lintian", "bug", "perl", "perl5", "bash-completion", "gtk-doc", "systemd")
"""Folders of /usr/share that no program of ours reads."""


@dataclasses.dataclass(frozen=True)
class Recipe:
    """What goes into a root. A package that ends in `-NN` is the newest major version that the suite has."""

    packages: tuple[str, ...]
    programs: tuple[str, ...]
    """Globs of what is started: these get the root's own loader and libraries."""


def whole(root: Path, recipe: Recipe) -> bool:
    """Whether this root was finished, for at least these packages, and lies where it was made."""
    if not recipe.packages:
        return True
    try:
        stamp = json.loads((root / STAMP).read_text())
    except (OSError, ValueError):
        return False
    return stamp["path"] == str(root) and set(recipe.packages) <= set(stamp["packages"])


def fetch(root: Path, recipe: Recipe, say: Say, finish: Callable[[Path], None] = lambda _: None) -> None:
    """Make `root` whole: download, unpack, patch, `finish`, rename. Repeats what an interruption left undone."""
    new = root.with_name(root.name + ".new")
    try:
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        state = root.with_name(root.name + ".apt")
        unpack(archives(Apt(state, SUITE), recipe.packages, say), new, say)
        say("making the programs startable")
        patch(new, root, recipe.programs)
        finish(new)
        (new / STAMP).write_text(json.dumps({"path": str(root), "packages": recipe.packages}))
        shutil.rmtree(root, ignore_errors=True)
        new.rename(root)
        shutil.rmtree(state, ignore_errors=True)
    except OSError as error:
        raise explain(error, "setting up the native programs") from error


def archives(apt: Apt, packages: Sequence[str], say: Say) -> list[Path]:
    """The archives of all these packages and what they need, from this machine's mirror."""
    say("asking the mirror")
    apt.update()
    closure = apt.closure([newest(apt, package) for package in packages])
    wanted = [package for package in closure if not NEVER_RUN.fullmatch(package.partition("=")[0].partition(":")[0])]
    return apt.download(wanted, lambda here, total: say(f"fetching {here / 1e6:.0f} of {total / 1e6:.0f} MB"))


def newest(apt: Apt, package: str) -> str:
    """`postgresql-NN` → `postgresql-18`; any other name as it is."""
    if not package.endswith("-NN"):
        return package
    stem = package.removesuffix("NN")
    found = apt.names(re.escape(stem) + r"\d+")
    if not found:
        raise Trouble(f"Debian's mirror has no package {stem}* now; repeat the command later.")
    return max(found, key=lambda name: int(name.removeprefix(stem)))


def unpack(debs: Sequence[Path], root: Path, say: Say) -> None:
    """Unpack every archive into `root`, on all cores, without what nobody reads. No maintainer script runs."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        # The largest first, so that no core is left with a long one at the end.
        ordered = sorted(debs, key=lambda deb: deb.stat().st_size, reverse=True)
        for done, _ in enumerate(pool.map(lambda deb: unpack_one(deb, root), ordered), 1):
            say(f"unpacking {done} of {len(debs)}")


def unpack_one(deb: Path, root: Path) -> None:
    excluded = [f"--exclude=./usr/share/{name}" for name in LEFT_OUT]
    # `--fsys-tarfile` into tar is what `dpkg-deb -x` does, with a choice of files.
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE, pass_fds=held()) as source:
        took = subprocess.run(
            ["tar", "-x", "-C", root, "--no-same-owner", "--keep-directory-symlink", *excluded],
            stdin=source.stdout,
            pass_fds=held(),
            stderr=subprocess.PIPE,
            text=True,
        )
    if "No space left" in took.stderr:
        raise Trouble("The disk is full: unpacking the native programs stopped. Free 2 GB and repeat the command.")
    if took.returncode or source.returncode:
        deb.unlink(missing_ok=True)  # a damaged archive is fetched again
        raise Trouble(
            f"{deb.name} could not be unpacked ({took.stderr.strip()[:200]}); repeat the command to fetch it again."
        )


def patch(made: Path, root: Path, programs: Iterable[str]) -> None:
    """Give each program in `made` the loader and the libraries of `root`, where the folder is going to be."""
    loader = next(made.glob("usr/lib/*/ld-linux*.so.*"), None)
    if loader is None:
        raise Trouble("The unpacked programs lack their loader: repeat the command.")
    libraries = root / loader.parent.relative_to(made)
    path = ":".join(str(libraries / sub) for sub in ("", "pulseaudio"))
    for file in {file for glob in programs for file in made.glob(glob) if is_dynamic(file)}:
        run_patchelf("--set-interpreter", libraries / loader.name, "--force-rpath", "--set-rpath", path, file)
    # A library that names folders of its own does not look where the program said.
    for file in loader.parent.glob("*.so.*"):
        if not file.is_symlink() and b"/" in run_patchelf("--print-rpath", file):
            run_patchelf("--force-rpath", "--set-rpath", path, file)


def run_patchelf(*arguments: str | Path) -> bytes:
    """Run the patchelf of this virtual environment; what it prints."""
    patchelf = Path(sysconfig.get_path("scripts")) / "patchelf"
    return subprocess.run([patchelf, *arguments], check=True, capture_output=True).stdout


def is_dynamic(file: Path) -> bool:
    """Whether this is a program with a loader (a script or a static program is left as it is)."""
    if file.is_symlink() or not file.is_file():
        return False
    with file.open("rb") as opened:
        return opened.read(4) == b"\x7fELF" and b"/ld-linux" in opened.read(4096)


def name_fonts(made: Path, root: Path) -> None:
    """A fonts.conf that names the root's own folder of fonts, for a browser without a desktop (FONTCONFIG_FILE)."""
    folder = made / "etc/fonts"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "private.conf").write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n'
        f'<fontconfig>\n  <dir>{root}/usr/share/fonts</dir>\n  <cachedir prefix="xdg">fontconfig</cachedir>\n'
        "</fontconfig>\n"
    )
