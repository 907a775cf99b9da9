"""A network with a certificate authority of its own, and a proxy: real TLS, a real tunnel, made-up names."""

from __future__ import annotations

import base64
import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from include.tikhub import endpoints
from include.tikhub.client import OpenGate, TikHub
from include.tikhub.endpoints import PICTURE_HOSTS
from include.tikhub.errors import TikHubError
from include.web.pictures import ImageFetcher, ImageRefused, ImageUnavailable
from include.web.transport import Route
from tests.fixtures.raw_server import KEY, RawServer, answer, good

API, COVERS = "api.tikhub.test", "p16.tiktokcdn.com"
PASSWORD = "pr0xy-s3cret"
JPEG = b"\xff\xd8\xff a picture"


class TlsServer(RawServer):
    """As RawServer, behind TLS."""

    def __init__(self, answers: tuple[Callable[[socket.socket], None], ...], context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(answers)

    def _serve(self, connection: socket.socket) -> None:
        try:
            super()._serve(self._context.wrap_socket(connection, server_side=True))
        except OSError:
            connection.close()


class Proxy:
    """Takes CONNECT from who knows the password, and leads every name to one server; notes what was asked."""

    def __init__(self, target: RawServer) -> None:
        self.asked: list[str] = []
        self._target = int(target.url.rpartition(":")[2])
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, password: str = PASSWORD) -> str:
        return f"http://ann:{password}@127.0.0.1:{self.port}"

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            head = connection.recv(65_536).decode()
            self.asked.append(head)
            if base64.b64encode(f"ann:{PASSWORD}".encode()).decode() not in head:
                connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with socket.create_connection(("127.0.0.1", self._target)) as target:
                other = {connection: target, target: connection}
                with contextlib.suppress(OSError):
                    while data := (ready := select.select([connection, target], [], [], 30)[0][0]).recv(65_536):
                        other[ready].sendall(data)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ssl.SSLContext]:
    """The file of an authority's certificate, and a server's context with one that it signed for both names."""
    folder: Path = tmp_path_factory.mktemp("authority")
    keys = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Our own authority")])
    now = datetime.now(UTC)

    def certificate(subject: x509.Name, public: ec.EllipticCurvePublicKey, more: list[tuple[x509.ExtensionType, bool]]):
        made = x509.CertificateBuilder().issuer_name(issuer).subject_name(subject).public_key(public)
        made = made.serial_number(x509.random_serial_number())
        made = made.not_valid_before(now - timedelta(days=2)).not_valid_after(now + timedelta(days=400))
        for extension, is_critical in more:
            made = made.add_extension(extension, is_critical)
        return made.sign(keys[0], hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    own = certificate(issuer, keys[0].public_key(), [(x509.BasicConstraints(ca=True, path_length=None), True)])
    names = x509.SubjectAlternativeName([x509.DNSName(API), x509.DNSName(COVERS), x509.DNSName("localhost")])
    server = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, API)])
    (folder / "ca.pem").write_bytes(own)
    private = keys[1].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(private + certificate(server, keys[1].public_key(), [(names, False)]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return str(folder / "ca.pem"), context


@pytest.fixture
def network(authority: tuple[str, ssl.SSLContext]) -> Iterator[Callable[..., tuple[TlsServer, Proxy]]]:
    """`network(answer, …)`: a server behind TLS and a proxy that leads to it."""
    made: list[TlsServer | Proxy] = []

    def start(*answers: Callable[[socket.socket], None]) -> tuple[TlsServer, Proxy]:
        server = TlsServer(answers, authority[1])
        proxy = Proxy(server)
        made.extend((server, proxy))
        return server, proxy

    yield start
    for each in made:
        each.close()


def client(url: str, route: Route) -> TikHub:
    return TikHub(url, KEY, gate=OpenGate(), deadline=10, max_retries=0, route=route)


def problem(url: str, route: Route) -> str:
    with client(url, route) as tikhub, pytest.raises(TikHubError) as caught:
        tikhub.fetch(endpoints.trending_words())
    return str(caught.value)


def test_an_authority_of_ones_own(network, authority):
    """With its file the host is trusted, without it not, whatever the environment says."""
    server, _ = network(good())
    address = f"https://localhost:{server.url.rpartition(':')[2]}"
    with client(address, Route(authority[0])) as tikhub:
        assert tikhub.fetch(endpoints.trending_words()).attempts[-1].http_status == 200
    assert "the host's certificate is not trusted" in problem(address, Route())
    assert len(server.requests) == 1


def test_through_the_proxy(network, authority):
    """The proxy is asked for the host by its name, sees no key, and only the host gets the request."""
    server, proxy = network(good())
    with client(f"https://{API}", Route(authority[0], proxy.url())) as tikhub:
        tikhub.fetch(endpoints.trending_words())
    assert [head.split(" ")[:2] for head in proxy.asked] == [["CONNECT", f"{API}:443"]]
    assert KEY not in "".join(proxy.asked)
    assert KEY in server.requests[0].decode()
    assert "roxy-" not in server.requests[0].decode()


def test_the_proxy_is_not_trusted_with_the_certificate(network):
    """A proxy that answers for the host itself gets no request."""
    server, proxy = network(good())
    assert "the host's certificate is not trusted" in problem(f"https://{API}", Route(None, proxy.url()))
    assert server.requests == []


def test_a_proxy_that_refuses(network, authority):
    """The message names the setting and shows no password."""
    _, proxy = network(good())
    said = problem(f"https://{API}", Route(authority[0], proxy.url("wr0ng-s3cret")))
    assert "the proxy refused to connect (407): check TIKHUB_PROXY" in said
    assert "s3cret" not in said
    assert "s3cret" not in repr(Route(None, proxy.url()))


def test_a_proxy_that_is_not_there(authority):
    """It is the proxy that cannot be reached, and that is said."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    said = problem(f"https://{API}", Route(authority[0], f"http://ann:{PASSWORD}@127.0.0.1:{port}"))
    assert "no connection to the proxy: check TIKHUB_PROXY" in said
    assert PASSWORD not in said


def test_this_machine_needs_no_proxy(network, authority):
    """The sandbox is asked directly."""
    server, proxy = network(good())
    address = f"https://localhost:{server.url.rpartition(':')[2]}"
    with client(address, Route(authority[0], proxy.url())) as tikhub:
        tikhub.fetch(endpoints.trending_words())
    assert proxy.asked == []


def looked_up(monkeypatch: pytest.MonkeyPatch, address: str | None) -> None:
    """The covers' host has this address here; None: its name cannot be looked up."""
    real = socket.getaddrinfo

    def look_up(host, *args, **kwargs):
        if host != COVERS:
            return real(host, *args, **kwargs)
        if address is None:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.parametrize("address", ["8.8.8.8", None])
def test_a_cover_through_the_proxy(monkeypatch, network, authority, address):
    """A cover's host with a public address, or one that only the proxy can look up, is asked through it."""
    looked_up(monkeypatch, address)
    _, proxy = network(answer(200, JPEG))
    with ImageFetcher(f"https://{API}", hosts=PICTURE_HOSTS, route=Route(authority[0], proxy.url())) as fetcher:
        assert fetcher.fetch([f"https://{COVERS}/a.jpeg"]).bytes == JPEG
    assert len(proxy.asked) == 1


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "169.254.169.254"])
def test_a_private_address_behind_the_proxy(monkeypatch, network, authority, address):
    """What is looked up as private is refused before the proxy hears of it."""
    looked_up(monkeypatch, address)
    _, proxy = network(answer(200, JPEG))
    with (
        ImageFetcher(f"https://{API}", hosts=PICTURE_HOSTS, route=Route(authority[0], proxy.url())) as fetcher,
        pytest.raises(ImageRefused),
    ):
        fetcher.fetch([f"https://{COVERS}/a.jpeg"])
    assert proxy.asked == []


def test_somebody_else_behind_the_proxy(monkeypatch, network):
    """Where the proxy alone looks names up, whoever it finds must have the host's certificate, or gets no request."""
    looked_up(monkeypatch, None)
    server, proxy = network(answer(200, JPEG))
    with (
        ImageFetcher(f"https://{API}", hosts=PICTURE_HOSTS, route=Route(None, proxy.url())) as fetcher,
        pytest.raises(ImageUnavailable),
    ):
        fetcher.fetch([f"https://{COVERS}/a.jpeg"])
    assert server.requests == []
