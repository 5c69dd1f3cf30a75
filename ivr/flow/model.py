"""A flow: named steps, each of a kind, each naming where the call goes next."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import yaml

from ivr.flow.steps import AnyStep


class Flow(msgspec.Struct, kw_only=True):
    name: str
    start: str
    default: str
    """Where a step without an answer sends its caller."""
    steps: dict[str, AnyStep]
    version: str = ""

    def step(self, name: str) -> AnyStep:
        """The step of this name; the default one where it is gone, so that a call of an older flow is not stranded."""
        return self.steps.get(name) or self.steps[self.default]


def load(path: Path) -> Flow:
    """Read a flow file. Raises ValueError naming the file and what is wrong with it."""
    text = path.read_bytes()
    try:
        flow = msgspec.convert(yaml.safe_load(text), Flow)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise ValueError(f"{path}: {error}") from error
    known = set(flow.steps)
    for name, leads_to in [("start", [flow.start]), ("default", [flow.default])] + [
        (name, step.leads_to()) for name, step in flow.steps.items()
    ]:
        for target in leads_to:
            if target not in known:
                raise ValueError(f"{path}: {name} leads to «{target}», which is no step of this flow")
    flow.version = hashlib.sha256(text).hexdigest()[:12]
    return flow
