"""The few requests that the front door puts to Asterisk itself, over HTTP."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
from typing import Any
from urllib.parse import quote, urlencode

from config.settings import Secrets, Settings


class NotThere(Exception):
    """Asterisk did not answer, or refused."""


class NotFound(NotThere):
    """Asterisk has nothing of that name."""


class Ari:
    """Blocking; one connection for each request, closed after it."""

    def __init__(self, settings: Settings, seconds: float = 3.0) -> None:
        password = Secrets.load(settings.data).ari_password
        self._authorization = "Basic " + base64.b64encode(f"centro311:{password}".encode()).decode()
        self._port = settings.asterisk_http_port
        self._seconds = seconds

    def channels(self) -> list[dict[str, Any]]:
        return list(self._ask("GET", "/channels"))

    def bridges(self) -> list[dict[str, Any]]:
        return list(self._ask("GET", "/bridges"))

    def endpoints(self) -> list[dict[str, Any]]:
        return list(self._ask("GET", "/endpoints/PJSIP"))

    def forget_contact(self, id: str) -> None:
        """A telephone is registered there no more; one whose registration has just expired is not missed."""
        with contextlib.suppress(NotFound):
            self._ask("DELETE", f"/asterisk/config/dynamic/res_pjsip/contact/{quote(id, safe='')}")

    def carry_on(self, channel: str, context: str) -> None:
        """Send a channel out of Stasis to the first priority of `context`."""
        where = urlencode({"context": context, "extension": "s", "priority": 1})
        self._ask("POST", f"/channels/{quote(channel, safe='')}/continue?{where}")

    def _ask(self, method: str, path: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self._seconds)
        try:
            connection.request(method, f"/ari{path}", headers={"Authorization": self._authorization})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status == 404:
                raise NotFound(f"{method} {path}: 404")
            if answer.status >= 300:
                raise NotThere(f"{method} {path}: {answer.status}")
            return json.loads(body) if body else None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NotThere(f"{method} {path}: {error}") from error
        finally:
            connection.close()
