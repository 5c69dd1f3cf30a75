"""From a template and values to a page in the reader's language."""

from __future__ import annotations

import functools
import time
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web

from agent_desktop import formats
from agent_desktop.texts import FIRST, LANGUAGES, has, text

HERE = Path(__file__).parent
CAPABILITIES = ("login", "desk", "floor", "cases", "recordings", "agents", "install")
LANGUAGE_COOKIE = "c311_language"


@functools.cache
def environment() -> jinja2.Environment:
    """Templates are named `<capability>/<file>`; `layout.html` and macros stand without a folder."""
    folders: dict[str, jinja2.BaseLoader] = {
        name: jinja2.FileSystemLoader(HERE / name / "templates") for name in CAPABILITIES
    }
    made = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PrefixLoader(folders), jinja2.FileSystemLoader(HERE / "templates")]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["case_number"] = formats.case_number
    return made


def language_of(request: web.Request) -> str:
    """The chosen language; where nothing was chosen, the one that the browser asks for."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return chosen if chosen in LANGUAGES else preferred(request.headers.get("Accept-Language", ""))


def preferred(header: str) -> str:
    """The first of our languages by an `Accept-Language`, such as `en-US,en;q=0.9,es;q=0.8`."""
    wishes: list[tuple[float, str]] = []
    for part in header.split(","):
        tag, _, weight = part.strip().lower().partition(";q=")
        try:
            wishes.append((-float(weight or 1), tag.split("-")[0]))
        except ValueError:
            continue
    wishes.sort(key=lambda wish: wish[0])
    return next((language for weight, language in wishes if weight < 0 and language in LANGUAGES), FIRST)


def words(language: str, group: str, value: str | None) -> str:
    """The text of a value such as a state; the value itself where no catalogue knows it."""
    key = f"{group}.{value}"
    return text(language, key) if has(key) else str(value)


def render(request: web.Request, template: str, **values: Any) -> str:
    language = language_of(request)
    return (
        environment()
        .get_template(template)
        .render(
            t=functools.partial(text, language),
            words=functools.partial(words, language),
            lang=language,
            now=time.time,
            languages=LANGUAGES,
            formats=formats,
            user=request.get("user"),
            path=request.path,
            asset=request.app[ASSETS],
            **({"here": request.path_qs} | values),
        )
    )


def page(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """A whole page, never kept by a cache: pages hold personal data."""
    return web.Response(
        text=render(request, template, **values),
        content_type="text/html",
        status=status,
        headers={"Cache-Control": "no-store"},
    )


def said(request: web.Request, key: str, *, good: bool = False, **values: object) -> web.Response:
    """One sentence for the page's message line."""
    return page(request, "said.html", sentence=text(language_of(request), key, **values), good=good)


class Assets:
    """Addresses of the style sheet and the bundle, with a mark that changes when the file does."""

    def __init__(self, *folders: tuple[str, Path]) -> None:
        self._folders = folders

    def __call__(self, name: str) -> str:
        for address, folder in self._folders:
            try:
                mark = (folder / name).stat().st_mtime_ns
            except FileNotFoundError:
                continue
            return f"{address}/{name}?v={mark:x}"
        return f"{self._folders[0][0]}/{name}"


ASSETS = web.AppKey("assets", Assets)
