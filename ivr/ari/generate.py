"""Write `generated/` from the description of ARI that Asterisk ships (its folder `rest-api/`).

    python -m ivr.ari.generate /usr/share/asterisk/rest-api            writes
    python -m ivr.ari.generate /usr/share/asterisk/rest-api --check    fails where the committed code differs

Only names, types and statuses are taken over; the words of the description stay with Asterisk. Read them at
https://docs.asterisk.org/latest_api/. The written code is already in `ruff format`'s form.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .generating.commands import group_module, package_module
from .generating.description import Api, module_name
from .generating.structs import events_module, models_module

HERE = Path(__file__).resolve().parent / "generated"


def modules(api: Api) -> dict[str, str]:
    """File name → its text."""
    written = {
        "__init__.py": package_module(api),
        "models.py": models_module(api),
        "events.py": events_module(api),
    }
    for resource, operations in api.resources.items():
        written[f"{module_name(resource)}.py"] = group_module(resource, operations)
    return written


def differences(written: dict[str, str], folder: Path) -> list[str]:
    """Names of files that are not as they should be, missing and surplus ones among them."""
    there = {path.name: path.read_text() for path in folder.glob("*.py")}
    return sorted(name for name in there.keys() | written.keys() if there.get(name) != written.get(name))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the typed ARI commands and events.")
    parser.add_argument("folder", type=Path, help="Asterisk's rest-api folder")
    parser.add_argument("--into", type=Path, default=HERE, help="where to write, by default here")
    parser.add_argument("--check", action="store_true", help="write nothing, fail where the code differs")
    chosen = parser.parse_args(arguments)
    written = modules(Api.load(chosen.folder))
    differing = differences(written, chosen.into)
    if chosen.check:
        for name in differing:
            print(f"{chosen.into / name} differs from what {chosen.folder} says", file=sys.stderr)
        return 1 if differing else 0
    chosen.into.mkdir(parents=True, exist_ok=True)
    for name in differing:
        if name in written:
            (chosen.into / name).write_text(written[name])
        else:
            (chosen.into / name).unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
