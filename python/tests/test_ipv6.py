"""All programs over ::1: what they print about an IPv6 address, and that it can be used as an argument."""

import errno
import json
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slowpoetry.address import parse_addresses
from tests.client_process import EVERY, fetch, got

POEM = b"No road is long\nwith poetry along.\n"
Start = Callable[..., Any]


@pytest.fixture
def poem(tmp_path: Path) -> Path:
    path = tmp_path / "poem.txt"
    path.write_bytes(POEM)
    return path


def said_address(process: Any) -> str:
    """The address in a program's first line, `... on [::1]:PORT.`"""
    said = process.stdout.readline()
    match = re.fullmatch(r".* on (\[::1\]:\d+)\.\n", said)
    assert match, said or process.stderr.read()
    return match[1]


@pytest.mark.parametrize("iface", ["::1", "0:0:0:0:0:0:0:1"])  # the program prints the short form (RFC 5952)
def test_the_slow_server_prints_addresses_in_brackets(start: Start, poem: Path, iface: str) -> None:
    server = start("slowpoetry.server", "--delay", 0, "--num-bytes", 1000, "--iface", iface, poem)
    [address] = parse_addresses([said_address(server)])
    with socket.create_connection(address, 60) as client:
        host, port, *_ = client.getsockname()
        assert server.stdout.readline().endswith(f"accepted, from [{host}]:{port}\n")


def test_a_poem_goes_through_proxy_and_transform_server_by_addresses_in_brackets(start: Start, poem: Path) -> None:
    server = said_address(start("slowpoetry.server", "--delay", 0, "--num-bytes", 1000, "--iface", "::1", poem))
    proxy = start("slowpoetry.proxy", "--iface", "::1", "--upstream", server)
    front = said_address(proxy)
    transformer = start("slowpoetry.transform", "--iface", "::1")
    client = {"command": ["python3", "-m", "slowpoetry.transform.deferredlist", said_address(transformer)]}
    assert fetch(client, front) == (0, POEM.lower() + b"\n", [got(len(POEM), front)])
    assert proxy.stdout.readline() == f"Fetching the poem from {server}\n"
    assert re.fullmatch(rf"\[::1\]:\d+: cummingsify of {len(POEM)} bytes\n", transformer.stdout.readline())


@pytest.mark.parametrize("module", ["slowpoetry.server", "slowpoetry.proxy", "slowpoetry.transform"])
def test_an_address_of_another_machine_is_named_in_brackets(start: Start, poem: Path, module: str) -> None:
    more = {"slowpoetry.server": [poem], "slowpoetry.proxy": ["--upstream", "[::1]:1"]}.get(module, [])
    program = start(module, "--iface", "2001:db8::7", "--port", 20001, *more)
    stdout, stderr = program.communicate()
    assert (program.returncode, stdout) == (1, "")
    assert re.fullmatch(r"cannot listen on \[2001:db8::7\]:20001: [^\n]+\n", stderr)


def test_the_labs_servers_listen_and_refuse_on_the_address_of_the_playbill(start: Start, poem: Path) -> None:
    control = start("slowpoetry.server.control")
    playbill, log = poem.with_name("playbill"), poem.with_name("send-log.ndjson")
    playbill.write_text(
        f"iface ::1\nserver 0 poem.txt\n0 send {len(POEM)}\n0 close\ndown 0\nfull 0\n"
        f"server 0 poem.txt\naway 5 6\n0 send {len(POEM)}\n0 close\n"
    )
    control.stdin.write(f"open\t{playbill}\t{log}\nclose\n")
    control.stdin.flush()
    word, *ports = control.stdout.readline().split()
    assert (word, len(ports)) == ("listening", 4)
    assert control.stdout.readline() == "closed\n"
    control.stdin.write(f"open\t{playbill}\t{log}\n")
    control.stdin.flush()
    _, up, down, *_ = map(str, control.stdout.readline().split())
    [blocking] = [client for client in EVERY if client["name"] == "python-blocking"]
    assert fetch(blocking, f"[::1]:{up}") == (0, POEM + b"\n", [got(len(POEM), f"[::1]:{up}")])
    with socket.socket(socket.AF_INET6) as client:
        assert client.connect_ex(("::1", int(down))) == errno.ECONNREFUSED
    control.stdin.write("close\n")
    control.stdin.flush()
    assert control.stdout.readline() == "closed\n"
    accept, *_ = map(json.loads, log.read_text().splitlines())
    assert re.fullmatch(r"\[::1\]:\d+", accept["peer"])
