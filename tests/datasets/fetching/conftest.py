"""A web server that fails in all the ways that web servers do."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Site:
    """Files of a server, how it misbehaves, and what it was asked for.

    Attributes:
        files: content by path.
        tag: mark of the version of all files; "" sends none.
        break_after: bytes after which each answer breaks off; None sends all of it.
        status: answers this instead of 200.
        ranges: whether parts can be asked for.
        asked: Range header of each request.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.tag = '"1"'
        self.break_after: int | None = None
        self.status: int | None = None
        self.ranges = True
        self.asked: list[str | None] = []
        self.url = ""


def _answer(site: Site, request: BaseHTTPRequestHandler) -> None:
    wanted = request.headers.get("Range")
    site.asked.append(wanted)
    content = site.files.get(request.path)
    if content is None or site.status is not None:
        request.send_error(site.status or 404)
        return
    start = 0
    same = request.headers.get("If-Range") in (None, site.tag)
    if wanted and site.ranges and same:
        start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])
        if start >= len(content):
            request.send_error(416)
            return
        request.send_response(206)
        span = f"bytes {start}-{len(content) - 1}/{len(content)}"
        request.send_header("Content-Range", span)
    else:
        request.send_response(200)
    request.send_header("Content-Length", str(len(content) - start))
    if site.tag:
        request.send_header("ETag", site.tag)
    request.end_headers()
    stop = None if site.break_after is None else start + site.break_after
    request.wfile.write(content[start:stop])
    request.close_connection = True


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _answer(site, self)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield site
        server.shutdown()
        thread.join()
