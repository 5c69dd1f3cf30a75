"""What every call uses: Asterisk, the prompts, the journal, the stock of case numbers."""

from __future__ import annotations

from dataclasses import dataclass

from config.settings import Settings
from crm_core.stock import NumberStock
from ivr.ari import Client
from ivr.calls.writer import Writer
from ivr.prompts import Prompts


@dataclass(frozen=True)
class House:
    settings: Settings
    ari: Client
    prompts: Prompts
    journal: Writer
    stock: NumberStock
