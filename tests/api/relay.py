"""A proxy in front of a TCP server: it may speak TLS to its clients, and may fall silent without closing anything."""

import pathlib
import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager


def certificate(folder: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    """A new certificate for 127.0.0.1 that signs itself, and its key."""
    folder.mkdir()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
                   check=True, capture_output=True)
    return folder / "cert.pem", folder / "key.pem"


class Relay:
    def __init__(self, target: str, files: tuple[pathlib.Path, pathlib.Path] | None):
        host, port = target.split(":")
        self.target = (host, int(port))
        self.speaks = threading.Event()  # cleared: takes connections and bytes, and passes nothing on
        self.speaks.set()
        self.context = None
        if files:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*files)
            self.context.set_alpn_protocols(["h2"])  # as gRPC asks for
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket):
        try:
            if self.context:
                client = self.context.wrap_socket(client, server_side=True)
            server = socket.create_connection(self.target)
        except OSError:
            client.close()  # a client that does not trust the certificate
            return
        self.connections += [client, server]
        threading.Thread(target=self._copy, args=(client, server), daemon=True).start()
        self._copy(server, client)

    def _copy(self, source: socket.socket, sink: socket.socket):
        try:
            while data := source.recv(1 << 16):
                self.speaks.wait()
                sink.sendall(data)
        except OSError:
            pass
        for one in (source, sink):
            one.close()

    def close(self):
        self.listener.close()
        self.speaks.set()
        for one in self.connections:
            one.close()


@contextmanager
def relay(target: str, files: tuple[pathlib.Path, pathlib.Path] | None = None):
    running = Relay(target, files)
    try:
        yield running
    finally:
        running.close()
