"""What every call uses: Asterisk, the prompts, the journal, the stock of case numbers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

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
    _messages: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary, init=False)

    def message_of(self, call: str) -> asyncio.Lock:
        """Held from reading which case a call's message belongs to until that is in the journal."""
        return self._messages.setdefault(call, asyncio.Lock())
