from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def shares_the_machine(machine: None) -> None:
    """Every test here makes calls."""
