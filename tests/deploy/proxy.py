"""A real nginx with the files of deploy/nginx."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from tests.http.serving import PATIENCE, free_port, wait_for

NGINX = Path(__file__).parent.parent.parent / "deploy" / "nginx"
NO_CHANGES: Mapping[str, str] = MappingProxyType({})
MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  include {folder}/*.inc;
}}
"""


@contextmanager
def proxied(*servers: str, folder: Path, changes: Mapping[str, str] = NO_CHANGES) -> Iterator[str]:
    """nginx on a port of its own with the files of deploy/, whose addresses and folders are the test's."""
    port = free_port()
    addresses = [server.removeprefix("http://") for server in servers]
    upstream = (NGINX / "upstream.conf").read_text().replace("127.0.0.1:8080", "; server ".join(addresses))
    (folder / "upstream.inc").write_text(upstream)
    text = (NGINX / "terminology.conf").read_text()
    own = {"listen 80;": f"listen 127.0.0.1:{port};", "/var/cache/nginx/terminology": str(folder / "cache")}
    for old, new in {**own, **changes}.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "terminology.inc").write_text(text)
    user = "user root;\n" if os.geteuid() == 0 else ""  # its workers must reach the test's folder
    (folder / "nginx.conf").write_text(user + MAIN.format(folder=folder))
    command = ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    process = subprocess.Popen(command)
    try:
        wait_for(f"http://127.0.0.1:{port}/health/live", process, folder / "error.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE)
