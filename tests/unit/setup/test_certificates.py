"""Certificates: the centre's own authority signs for every name of the machine; a given certificate is used instead."""

from __future__ import annotations

import datetime
import ssl
import stat
from pathlib import Path

import msgspec
import pytest
from cryptography import x509

from centre.errors import Trouble
from centre.setup import certificates
from config.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data=tmp_path / "data")
    certificates.make(made)
    return made


def greets(settings: Settings, name: str) -> bool:
    """Whether a client that trusts the centre's authority takes the server's certificate for `name`."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(settings.tls / "server.pem", settings.tls / "server.key")
    client = ssl.create_default_context(cafile=str(settings.tls / "ca.pem"))
    one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(one, other, server_hostname=name), server.wrap_bio(other, one, server_side=True)]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return False
    return ends[0].version() is not None


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_a_browser_that_trusts_the_authority_trusts_the_centre(settings: Settings, name: str) -> None:
    assert greets(settings, name)


def test_another_name_is_not_taken(settings: Settings) -> None:
    assert not greets(settings, "elsewhere.example")


def test_keys_are_readable_by_their_owner_alone(settings: Settings) -> None:
    for key in ("server.key", "ca.key"):
        assert stat.S_IMODE((settings.tls / key).stat().st_mode) == 0o600


def test_what_holds_is_kept(settings: Settings) -> None:
    assert certificates.current(settings)


def test_a_new_server_certificate_comes_from_the_same_authority(settings: Settings) -> None:
    before = (settings.tls / "ca.pem").read_bytes()
    (settings.tls / "server.pem").unlink()
    assert not certificates.current(settings)
    certificates.make(settings)
    assert certificates.current(settings)
    assert (settings.tls / "ca.pem").read_bytes() == before


def test_a_certificate_is_renewed_a_month_before_its_end(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = x509.load_pem_x509_certificate((settings.tls / "server.pem").read_bytes()).not_valid_after_utc
    left = (ends - datetime.datetime.now(datetime.UTC)).days
    monkeypatch.setattr(certificates, "RENEW_DAYS", left + 2)
    assert not certificates.current(settings)


def test_what_is_near_its_end_is_renewed_though_asterisk_is_away(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def serial() -> int:
        return x509.load_pem_x509_certificate((settings.tls / "server.pem").read_bytes()).serial_number

    before = serial()
    certificates.renew(settings)
    assert serial() == before
    with monkeypatch.context() as days:
        days.setattr(certificates, "SERVER_DAYS", certificates.RENEW_DAYS - 1)
        certificates.make(settings)
    ending = serial()
    certificates.renew(settings)
    assert serial() not in (before, ending)
    assert certificates.current(settings)
    assert greets(settings, "localhost")


def test_a_given_certificate_that_was_changed_is_taken_up_and_a_broken_one_is_not(
    settings: Settings, tmp_path: Path
) -> None:
    pair = tmp_path / "given.pem", tmp_path / "given.key"
    given = msgspec.structs.replace(settings, certificate=pair[0], key=pair[1])
    other = Settings(data=tmp_path / "other")
    certificates.make(other)
    pair[0].write_bytes((other.tls / "server.pem").read_bytes())
    pair[1].write_bytes((other.tls / "server.key").read_bytes())
    certificates.renew(given)
    assert (settings.tls / "server.pem").read_bytes() == pair[0].read_bytes()
    pair[1].write_text("no key")
    certificates.renew(given)
    assert (settings.tls / "server.key").read_bytes() == (other.tls / "server.key").read_bytes()


def test_an_address_that_the_machine_has_now_asks_for_a_new_certificate(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates, "addresses", lambda: {"198.51.100.7"})
    assert not certificates.current(settings)
    certificates.make(settings)
    assert certificates.current(settings)
    assert greets(settings, "198.51.100.7")


def test_a_given_certificate_is_used_instead(settings: Settings, tmp_path: Path) -> None:
    given = msgspec.structs.replace(
        settings, data=tmp_path / "other", certificate=settings.tls / "server.pem", key=settings.tls / "server.key"
    )
    assert not certificates.current(given)
    certificates.make(given)
    assert certificates.current(given)
    assert (given.tls / "server.pem").read_bytes() == (settings.tls / "server.pem").read_bytes()


def test_a_key_of_another_certificate_is_refused(settings: Settings, tmp_path: Path) -> None:
    other = Settings(data=tmp_path / "other")
    certificates.make(other)
    mixed = msgspec.structs.replace(other, certificate=settings.tls / "server.pem", key=other.tls / "server.key")
    with pytest.raises(Trouble, match="does not belong"):
        certificates.make(mixed)
