"""Connecting to MariaDB by URL: TLS, accounts, and several hosts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import pytest

TESTS = Path(__file__).parent.parent
sys.path.insert(0, str(TESTS))

import servers  # noqa: E402
from database_server import PASSWORD, USER  # noqa: E402
from mariadb import MariaDb  # noqa: E402

ACCOUNTS = {
    "encrypted": f"IDENTIFIED BY '{PASSWORD}' REQUIRE SSL",
    "certified": f"IDENTIFIED BY '{PASSWORD}' REQUIRE X509",
    "ed25519": f"IDENTIFIED VIA ed25519 USING PASSWORD('{PASSWORD}')",
}


class MariaDbWithTls(MariaDb):
    """A server whose certificate names the address 127.0.0.1, but no host name."""

    def create(self) -> None:
        super().create()
        for authority in ("ca", "stranger"):
            openssl("req", "-x509", *new_key(self.home / authority), f"-subj=/CN={authority}", "-days=2")
        for name in ("server", "client"):
            request = self.home / f"{name}.csr"
            openssl("req", *new_key(self.home / name, f"{name}.csr"), f"-subj=/CN={name}")
            names = self.write(f"{name}.ext", "subjectAltName=IP:127.0.0.1\n")
            signer = (f"-CA={self.home / 'ca.pem'}", f"-CAkey={self.home / 'ca.key'}", "-CAcreateserial")
            openssl(
                "x509",
                "-req",
                f"-in={request}",
                *signer,
                f"-extfile={names}",
                f"-out={self.home / f'{name}.pem'}",
            )
        for path in self.home.glob("*.key"):
            path.chmod(0o644)  # the server runs under another account
        sql = "CREATE DATABASE shop;\n"
        for name, how in ACCOUNTS.items():
            sql += f"CREATE USER {name}@'%' {how};\nGRANT ALL ON shop.* TO {name}@'%';\n"
        self.write("init.sql", (self.home / "init.sql").read_text() + sql)

    def command(self, port: int) -> Sequence[str]:
        files = {"ca": "ca.pem", "cert": "server.pem", "key": "server.key"}
        tls = [f"--ssl-{name}={self.home / file}" for name, file in files.items()]
        return [*super().command(port), "--plugin-load-add=auth_ed25519", *tls]

    def url(self, port: int) -> str:
        return f"127.0.0.1:{port} {self.home}"

    @classmethod
    def variable(cls) -> str:
        return "ECOMDB_TEST_MYSQL_WITH_TLS"


class MariaDbWithShop(MariaDb):
    """A server without TLS, with an empty database."""

    def create(self) -> None:
        super().create()
        self.write("init.sql", (self.home / "init.sql").read_text() + "CREATE DATABASE shop;\n")

    def url(self, port: int) -> str:
        return f"127.0.0.1:{port}"

    @classmethod
    def variable(cls) -> str:
        return "ECOMDB_TEST_MYSQL_WITH_SHOP"


class ReadOnlyMariaDb(MariaDbWithShop):
    """A read-only server, like a replica."""

    def command(self, port: int) -> Sequence[str]:
        return [*super().command(port), "--read-only"]

    @classmethod
    def variable(cls) -> str:
        return "ECOMDB_TEST_MYSQL_READ_ONLY"


def openssl(*arguments: str) -> None:
    command = [part for argument in arguments for part in argument.split("=", 1)]
    subprocess.run(["openssl", *command], check=True, capture_output=True)


def new_key(path: Path, out: str | None = None) -> Sequence[str]:
    """openssl arguments for a new key, to be combined with those for a certificate."""
    target = path.with_name(out) if out else path.with_suffix(".pem")
    curve = ("-newkey=ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    return (*curve, f"-keyout={path.with_suffix('.key')}", f"-out={target}")


def ecomdb(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [os.environ["ECOMDB_BIN"], "--database", url, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def knows_mysql() -> bool:
    """Whether the program was built with MySQL support."""
    return "not compiled in" not in ecomdb("mysql://u:p@127.0.0.1:1/shop", "check").stderr


@pytest.fixture(scope="module")
def running() -> Iterator[Mapping[str, str]]:
    if MariaDb.find_programs() is None or not knows_mysql():
        pytest.skip(f"MariaDB; to run this test, install {MariaDb.packages}")
    with (
        servers.running([MariaDbWithTls]) as secure,
        servers.running([MariaDbWithShop]) as plain,
        servers.running([ReadOnlyMariaDb]) as replica,
    ):
        yield {**secure, **plain, **replica}


@pytest.fixture
def secure(running: Mapping[str, str]) -> tuple[str, Path]:
    """The address of the server with TLS, and the directory of the certificates."""
    address, home = running[MariaDbWithTls.variable()].split(" ", 1)
    return address, Path(home)


def outcome(user: str, hosts: str, **parameters: object) -> str:
    """Migrate the shop; return the error, or an empty text on success."""
    query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in parameters.items())
    url = f"mysql://{user}:{quote(PASSWORD, safe='')}@{hosts}/shop?{query}"
    migrated = ecomdb(url, "migrate")
    return "" if migrated.returncode == 0 else migrated.stderr


@pytest.mark.parametrize("mode", ["preferred", "required"])
def test_the_connection_is_encrypted(secure: tuple[str, Path], mode: str) -> None:
    address, _ = secure
    assert outcome("encrypted", address, ssl_mode=mode) == ""
    assert outcome("encrypted", address) == ""
    assert "Access denied" in outcome("encrypted", address, ssl_mode="disabled")


def test_a_server_without_tls_is_refused_where_it_is_required(
    running: Mapping[str, str], secure: tuple[str, Path]
) -> None:
    plain, (_, home) = running[MariaDbWithShop.variable()], secure
    assert outcome(USER, plain, ssl_mode="preferred") == ""
    assert "does not offer TLS" in outcome(USER, plain, ssl_mode="required")
    assert "does not offer TLS" in outcome(USER, plain, ssl_mode="verify_ca", ssl_ca=home / "ca.pem")


def test_the_authority_of_the_certificate_is_verified(secure: tuple[str, Path]) -> None:
    address, home = secure
    assert outcome("encrypted", address, ssl_mode="verify_ca", ssl_ca=home / "ca.pem") == ""
    assert outcome("encrypted", address, ssl_ca=home / "ca.pem") == ""
    for mode in ("verify_ca", "verify_identity"):
        assert "UnknownIssuer" in outcome("encrypted", address, ssl_mode=mode, ssl_ca=home / "stranger.pem")


def test_the_host_of_the_url_is_verified(secure: tuple[str, Path]) -> None:
    address, home = secure
    named = address.replace("127.0.0.1", "localhost")
    assert outcome("encrypted", address, ssl_mode="verify_identity", ssl_ca=home / "ca.pem") == ""
    assert "not valid for name" in outcome(
        "encrypted", named, ssl_mode="verify_identity", ssl_ca=home / "ca.pem"
    )
    assert outcome("encrypted", named, ssl_mode="verify_ca", ssl_ca=home / "ca.pem") == ""


def test_the_client_shows_its_certificate(secure: tuple[str, Path]) -> None:
    address, home = secure
    assert "Access denied" in outcome("certified", address)
    assert outcome("certified", address, ssl_cert=home / "client.pem", ssl_key=home / "client.key") == ""


def test_accounts_can_use_ed25519(secure: tuple[str, Path]) -> None:
    address, _ = secure
    assert outcome("ed25519", address) == ""


def test_the_first_host_that_can_be_written_is_taken(running: Mapping[str, str]) -> None:
    writable, replica = running[MariaDbWithShop.variable()], running[ReadOnlyMariaDb.variable()]
    assert outcome(USER, f"127.0.0.1:1,{replica},{writable}") == ""
    refused = outcome(USER, f"127.0.0.1:1,{replica}")
    assert "127.0.0.1:1" in refused
    assert f"{replica}: ERROR 1290 (HY000): it is read-only" in refused
