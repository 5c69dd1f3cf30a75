"""A centre of its own for a benchmark, and its figures as a table."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from config.settings import Settings
from tests.centre import Centre


@contextlib.asynccontextmanager
async def bench_centre(parts: Path, **wishes: Any) -> AsyncIterator[Centre]:
    """A new centre on the parts that are there; `wishes` are its settings."""
    os.environ["CENTRO311_PARTS"] = str(parts)
    with tempfile.TemporaryDirectory(prefix="c311-bench-") as folder:
        data = Path(folder) / "d"
        Settings(data=data, parts=parts, **wishes).save()
        centre = await Centre.start(data)
        try:
            yield centre
        finally:
            await centre.stop()


def say_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    table = Table(*heads)
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    Console().print(table)
