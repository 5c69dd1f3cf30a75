"""The machine's apt files name the mirror and the keyring: as Debian 12, Debian 13 and their images write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from centre.errors import Trouble
from centre.setup import apt
from centre.setup.apt import Source, deb822_sources, debian_mirror, one_line_sources, sources_of, trouble_of

DEBIAN_12_INSTALLER = """\
#deb cdrom:[Debian GNU/Linux 12.11.0 _Bookworm_ - Official amd64 NETINST]/ bookworm contrib main non-free-firmware

deb http://mirror.example.org/debian/ bookworm main non-free-firmware
deb-src http://mirror.example.org/debian/ bookworm main non-free-firmware

deb http://security.example.org/debian-security bookworm-security main non-free-firmware
# bookworm-updates, to get updates before a point release is made
deb http://mirror.example.org/debian/ bookworm-updates main non-free-firmware
"""

DEBIAN_12_IMAGE = """\
Types: deb
# http://snapshot.example/archive/debian/20250520T000000Z
URIs: http://mirror.example.org/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example.org/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""

DEBIAN_13_INSTALLER = """\
Types: deb deb-src
URIs: http://mirror.example.org/debian/
Suites: trixie
Components: main non-free-firmware
Signed-By: /usr/share/keyrings/debian-archive-keyring.pgp

Types: deb deb-src
URIs: http://security.example.org/debian-security/
Suites: trixie-security
Components: main non-free-firmware
Signed-By: /usr/share/keyrings/debian-archive-keyring.pgp
"""

DEBIAN_13_CLOUD = """\
Types: deb deb-src
URIs: mirror+file:///etc/apt/mirrors/debian.list
Suites: trixie trixie-updates trixie-backports
Components: main

Types: deb deb-src
URIs: mirror+file:///etc/apt/mirrors/debian-security.list
Suites: trixie-security
Components: main
"""

INLINE_KEY = """\
Enabled: no
Types: deb
URIs: http://old.example/debian
Suites: trixie
Components: main

Types: deb
URIs: https://mirror.example/debian
Suites: trixie
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEY865UxYJKwYBBAHaRw8BAQdAd7Z0srwuhlB6JKFkcf4HU4SSS/xcRfwEQWzr
 -----END PGP PUBLIC KEY BLOCK-----
"""

THIRD_PARTY = """\
deb [arch=amd64 signed-by=/usr/share/keyrings/cloud.gpg] https://packages.example/apt cloud-sdk-bookworm main
deb [signed-by=/usr/share/keyrings/tool.gpg] https://deb.example/tool stable main
"""


def mirror(text: str, codename: str) -> Source | None:
    sources = deb822_sources(text) if "URIs:" in text else one_line_sources(text)
    return debian_mirror(sources, codename)


def test_the_one_line_file_that_the_debian_12_installer_writes_is_read() -> None:
    found = mirror(DEBIAN_12_INSTALLER, "bookworm")
    assert found is not None
    assert (found.uri, found.signed_by) == ("http://mirror.example.org/debian/", "")


def test_the_deb822_file_of_a_debian_12_image_is_read() -> None:
    found = mirror(DEBIAN_12_IMAGE, "bookworm")
    assert found is not None
    assert found.uri == "http://mirror.example.org/debian"
    assert found.signed_by == "/usr/share/keyrings/debian-archive-keyring.gpg"


def test_the_deb822_file_that_the_debian_13_installer_writes_is_read() -> None:
    found = mirror(DEBIAN_13_INSTALLER, "trixie")
    assert found is not None
    assert found.uri == "http://mirror.example.org/debian/"
    assert found.signed_by == "/usr/share/keyrings/debian-archive-keyring.pgp"


def test_a_cloud_image_s_list_of_mirrors_is_kept_as_it_is() -> None:
    found = mirror(DEBIAN_13_CLOUD, "trixie")
    assert found is not None
    assert found.uri == "mirror+file:///etc/apt/mirrors/debian.list"


def test_a_key_inside_the_file_is_carried_over_and_a_disabled_source_is_not_used() -> None:
    found = mirror(INLINE_KEY, "trixie")
    assert found is not None
    assert found.uri == "https://mirror.example/debian"
    stanza = found.stanza("sid")
    again = next(iter(deb822_sources(stanza)))
    assert again.signed_by == found.signed_by
    assert again.suites == ("sid",)
    assert "BEGIN PGP" in again.signed_by


def test_options_of_a_one_line_source_are_read() -> None:
    line = "deb [ arch=amd64 signed-by=/k/a.gpg,/k/b.gpg trusted=yes ] http://mirror.example/debian trixie main # ours"
    assert list(one_line_sources(line)) == [
        Source("http://mirror.example/debian", ("trixie",), ("main",), "/k/a.gpg", True)
    ]


def test_the_security_archive_alone_is_no_mirror() -> None:
    assert mirror("deb http://security.example.org/debian-security bookworm-security main", "bookworm") is None


def test_debian_is_found_among_other_people_s_archives(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / "cloud.list").write_text(THIRD_PARTY.splitlines()[0])
    (tmp_path / "sources.list.d" / "debian.sources").write_text(DEBIAN_12_IMAGE)
    (tmp_path / "sources.list.d" / "old.list.save").write_text("deb http://gone.example/debian bookworm main")
    found = debian_mirror(sources_of(tmp_path), "bookworm")
    assert found is not None
    assert found.uri == "http://mirror.example.org/debian"


def test_a_machine_without_apt_files_has_no_mirror(tmp_path: Path) -> None:
    assert apt.machine_mirror(tmp_path) is None


@pytest.mark.parametrize(
    ("archive", "package", "same"),
    [
        ("libc6_2.43-7_amd64.deb", "libc6=2.43-7", True),
        ("asterisk_1%3a22.10.1+dfsg-1_amd64.deb", "asterisk=1:22.10.1+dfsg-1", True),
        ("asterisk-modules_1%3a22.10.1+dfsg-1_amd64.deb", "asterisk=1:22.10.1+dfsg-1", False),
        ("libc6_2.43-8_amd64.deb", "libc6=2.43-7", False),
    ],
)
def test_an_archive_is_known_by_name_and_version(archive: str, package: str, same: bool) -> None:
    assert apt.belongs(archive, package) is same


@pytest.mark.parametrize(
    ("complaint", "words"),
    [
        ("Err:1 http://x sid InRelease\n  Temporary failure resolving 'x'\nE: Failed to fetch http://x", "network"),
        ("E: Write error - write (28: No space left on device)", "disk is full"),
        ("E: Unable to locate package asterisk", "Unable to locate package asterisk"),
    ],
)
def test_what_apt_complains_of_is_told_in_a_sentence(complaint: str, words: str) -> None:
    told = trouble_of(complaint)
    assert isinstance(told, Trouble)
    assert words in str(told)
