"""The install page and the authority's certificate. Open to anybody: who needs it cannot log in yet."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from agent_desktop.context import CONTEXT
from agent_desktop.guard import host_of, public
from agent_desktop.pages import page

SYSTEMS = ("windows", "mac", "linux", "firefox", "android", "ios")


def fingerprint(path: Path) -> str | None:
    """`AB:CD:…` of a PEM certificate; None where there is none."""
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return None
    return certificate.fingerprint(SHA256()).hex(":").upper()


@public
async def show(request: web.Request) -> web.StreamResponse:
    settings = request.app[CONTEXT].settings
    return page(
        request,
        "install/page.html",
        systems=SYSTEMS,
        fingerprint=fingerprint(settings.tls / "ca.pem"),
        address=f"https://{host_of(request)}:{settings.https_port}",
    )


@public
async def authority(request: web.Request) -> web.StreamResponse:
    path = request.app[CONTEXT].settings.tls / "ca.pem"
    if not path.is_file():
        raise web.HTTPNotFound
    return web.Response(
        body=path.read_bytes(),
        content_type="application/x-x509-ca-cert",
        headers={"Content-Disposition": 'attachment; filename="centro311-ca.crt"'},
    )


def routes() -> list[web.RouteDef]:
    return [web.get("/install", show), web.get("/install/ca.pem", authority)]
