"""A vendor on loopback that answers what a test tells it to."""

from __future__ import annotations

from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Said:
    """One answer; with `cut`, less of the body than announced; with `drop`, none."""

    body: bytes = b'{"data": []}'
    status: int = 200
    headers: dict = field(default_factory=dict)
    cut: bool = False
    drop: bool = False


class ScriptedVendor:
    """Answers in the order of `script`, its last entry for ever."""

    def __init__(self) -> None:
        self.script: list[Said] = [Said()]
        self.requests: list = []
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                vendor.requests.append((self.path, dict(self.headers), self.rfile.read(length)))
                said = vendor.script.pop(0) if len(vendor.script) > 1 else vendor.script[0]
                if said.drop:
                    self.connection.close()
                    return
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said.body) + 10 * said.cut))
                self.end_headers()
                self.wfile.write(said.body)
                self.close_connection = said.cut

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
