"""An engine in a process of its own: one JSON request a line in, one JSON answer a line out, in order."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import IO

import msgspec

from config.settings import CHECKOUT
from ivr.prompts.engines import Answer, Request, SpeechError


class SpeakerProcess:
    """A speaker program, started at the first utterance and again after it failed."""

    def __init__(self, name: str, module: str, *arguments: str, patience: float, niced: bool = True) -> None:
        """`patience`: seconds for one utterance (the first one loads the voice too)."""
        self.name = name
        self._command = [sys.executable, "-m", module, *arguments]
        if niced:
            self._command[:0] = ["nice", "-n", "15"]
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None

    def speak(self, request: Request) -> None:
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(msgspec.json.encode(request) + b"\n")
            process.stdin.flush()
            line = process.stdout.readline() if self._answered(process) else b""
            answer = msgspec.json.decode(line, type=Answer) if line else None
        except (OSError, msgspec.DecodeError) as error:
            raise SpeechError(f"{self.name} broke off: {error}. {self._end()}") from error
        if answer is None:
            raise SpeechError(f"{self.name} gave no answer within {self._patience:.0f} s. {self._end()}")
        if answer.error is not None:
            raise SpeechError(f"{self.name}: {answer.error}")

    def close(self) -> None:
        self._end()

    def _start(self) -> subprocess.Popen[bytes]:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed by _end)
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=CHECKOUT,
        )
        return self._process

    def _answered(self, process: subprocess.Popen[bytes]) -> bool:
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], self._patience)
        return bool(ready)

    def _end(self) -> str:
        """End the process; the last line that it complained with."""
        process, self._process = self._process, None
        if process is None:
            return ""
        with contextlib.suppress(OSError):
            assert process.stdin is not None
            process.stdin.close()
        try:
            process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()
        assert self._errors is not None
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        self._errors.close()
        return lines[-1] if lines else ""


def requests() -> Iterator[Request]:
    """What the speaker program's parent asks for, until it closes the pipe."""
    for line in sys.stdin.buffer:
        yield msgspec.json.decode(line, type=Request)


def claim_answers() -> IO[bytes]:
    """The pipe for answers; what a library prints goes to the errors instead."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return answers


def answer(answers: IO[bytes], error: str | None = None) -> None:
    answers.write(msgspec.json.encode(Answer(error)) + b"\n")
