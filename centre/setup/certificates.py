"""The centre's own certificate authority and its server certificate, for telephones and browsers of other machines.

An administrator's certificate is used instead where the settings name one.
"""

from __future__ import annotations

import datetime
import ipaddress
import json
import shutil
import socket
import subprocess
import time
from pathlib import Path

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import dialplans
from centre.errors import Trouble
from config.files import write_private
from config.settings import Settings

log = structlog.get_logger()

CA_DAYS = 3650
SERVER_DAYS = 397
"""The longest that every browser takes."""
RENEW_DAYS = 30
TOLD_SECONDS = 12 * 3600.0


def current(settings: Settings) -> bool:
    """Whether the certificates are there, name this machine as it is now, and hold for a while."""
    if settings.certificate and settings.key:
        return same(settings.certificate, settings.tls / "server.pem") and same(
            settings.key, settings.tls / "server.key"
        )
    try:
        authority = x509.load_pem_x509_certificate((settings.tls / "ca.pem").read_bytes())
        server = x509.load_pem_x509_certificate((settings.tls / "server.pem").read_bytes())
        key = serialization.load_pem_private_key((settings.tls / "server.key").read_bytes(), None)
        names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    named = {*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))}
    until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=RENEW_DAYS)
    return (
        server.issuer == authority.subject
        and server.public_key() == key.public_key()
        and min(server.not_valid_after_utc, authority.not_valid_after_utc) > until
        and wanted(settings) <= named
    )


def make(settings: Settings) -> None:
    """Write `server.pem` (with its chain) and `server.key`, and `ca.pem` where the authority is the centre's own."""
    settings.tls.mkdir(parents=True, exist_ok=True)
    if settings.certificate and settings.key:
        take(settings, settings.certificate, settings.key)
        return
    authority, authority_key = certificate_authority(settings.tls)
    key = ec.generate_private_key(ec.SECP256R1())
    names = sorted(wanted(settings))
    alternatives = [x509.IPAddress(address) if (address := as_address(name)) else x509.DNSName(name) for name in names]
    now = datetime.datetime.now(datetime.UTC)
    server = (
        x509.CertificateBuilder()
        .subject_name(named("Centro 311"))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=SERVER_DAYS))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    write_private(settings.tls / "server.key", pem(key))
    chain = server.public_bytes(serialization.Encoding.PEM) + authority.public_bytes(serialization.Encoding.PEM)
    write_private(settings.tls / "server.pem", chain)


def renew(settings: Settings) -> None:
    """Where they do not hold any longer, make them anew. `web` takes them up by itself, Asterisk is told.

    A given certificate that was changed is taken up too; one that cannot be used is logged, and the old one stays.
    """
    try:
        if not current(settings):
            make(settings)
            log.info("certificates renewed")
        # Told again for some hours: it may have been away the first time. What it shows already it leaves alone.
        if time.time() - (settings.tls / "server.pem").stat().st_mtime < TOLD_SECONDS:
            dialplans.reload_certificates(settings)
    except (Trouble, OSError, dialplans.AsteriskError) as error:
        log.error("certificates not renewed", reason=str(error))


def certificate_authority(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """The centre's authority, made once: people install its certificate, so it stays the same for years."""
    try:
        authority = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
        key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
        soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=SERVER_DAYS)
        if isinstance(key, ec.EllipticCurvePrivateKey) and authority.not_valid_after_utc > soon:
            return authority, key
    except (OSError, ValueError):
        pass
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    subject = named(f"Centro 311 {socket.gethostname()} {now:%Y-%m-%d}")
    authority = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=CA_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_private(folder / "ca.key", pem(key))
    write_private(folder / "ca.pem", authority.public_bytes(serialization.Encoding.PEM))
    return authority, key


def take(settings: Settings, certificate: Path, key: Path) -> None:
    """Copy the administrator's certificate and key to where the parts read them. Trouble where they do not fit."""
    try:
        server = x509.load_pem_x509_certificate(certificate.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise Trouble(f"The certificate {certificate} or its key {key} cannot be read: {error}.") from error
    if server.public_key() != private.public_key():
        raise Trouble(
            f"The key {key} does not belong to the certificate {certificate}: name the pair in settings.json."
        )
    write_private(settings.tls / "server.key", key.read_bytes())
    write_private(settings.tls / "server.pem", certificate.read_bytes())


def wanted(settings: Settings) -> set[str]:
    """Every name and address that this centre is reached by."""
    named = {"localhost", "127.0.0.1", "::1", socket.gethostname().lower(), *addresses()}
    if not ipaddress.ip_address(settings.bind).is_unspecified:
        named.add(settings.bind)
    if settings.external_address:
        named.add(settings.external_address)
    return named - {""}


def addresses() -> set[str]:
    """The machine's own addresses, link-local ones left out."""
    ip = shutil.which("ip") or shutil.which("ip", path="/usr/sbin:/sbin")
    if ip:
        told = subprocess.run([ip, "-json", "address"], capture_output=True, text=True)
        if told.returncode == 0:
            found = [info["local"] for link in json.loads(told.stdout) for info in link.get("addr_info", [])]
            return {address for address in found if not ipaddress.ip_address(address).is_link_local}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: the kernel only chooses the way out
        except OSError:
            return set()
        return {str(probe.getsockname()[0])}


def as_address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def same(one: Path, other: Path) -> bool:
    try:
        return one.read_bytes() == other.read_bytes()
    except OSError:
        return False


def named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def key_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
