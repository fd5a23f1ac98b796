"""The poetry servers under twistd, with the commands of docs/seed.md: daemons, by name, and from tac files (part 16).

For pytest and trial.  After a clean stop twistd ends by the signal that stopped it, as a shell expects.
"""

import contextlib
import os
import re
import select
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.forked import Forked
from tests.programs import ROOT, SECONDS_TO_LIVE, Program, ProgramTestCase, connect, read_all

POEM = "La poésie\nva lentement.\n".encode()
OTHER = b"Another.\n"
TAC = ROOT / "python" / "tac"
SERVING = r"^Serving .* on 127\.0\.0\.1:(\d+)\.$"
STARTING = r"(?:Factory|SlowPoetryPort).* starting on (\d+)"


@contextlib.contextmanager
def open_process(pid: int) -> Iterator[int]:
    """A descriptor of the process, which becomes readable when the process has ended."""
    process = os.pidfd_open(pid)
    try:
        yield process
    finally:
        os.close(process)


class TwistdTestCase(ProgramTestCase):
    """Runs `./lab twistd` from the top of the checkout, with the pid file and the log in the test's own folder."""

    def setUp(self) -> None:
        super().setUp()
        self.pid_file = self.folder / "twistd.pid"
        self.log = self.folder / "twistd.log"

    def twistd(self, *arguments: object) -> Program:
        return self.start(ROOT / "lab", "twistd", "--pidfile", self.pid_file, *arguments)

    def nodaemon(self, *arguments: object) -> Program:
        return self.twistd("--nodaemon", *arguments)

    def ended_forked(self, *arguments: object) -> tuple[int, str]:
        """Run twistd, but not by `./lab`, which needs ten times as long; return the exit status and the output."""
        with Forked("tests.twistd_program", *map(str, arguments), text=True) as program:
            watchdog = threading.Timer(SECONDS_TO_LIVE, program.kill)
            watchdog.start()
            stdout, stderr = program.communicate()
            watchdog.cancel()
            return program.wait(), stdout + stderr


class Daemons(TwistdTestCase):
    def daemon(self, *arguments: object) -> int:
        """Start a daemon; return its pid."""
        self.addCleanup(self.kill)
        self.assertEqual(self.ended(self.twistd("--logfile", self.log, *arguments)), (0, ""))
        return int(self.pid_file.read_text())

    def kill(self) -> None:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int(self.pid_file.read_text()), signal.SIGKILL)

    def kill_and_wait(self, pid: int, how: signal.Signals) -> None:
        with open_process(pid) as process:
            os.kill(pid, how)
            self.wait(process)

    def wait(self, process: int) -> None:
        ended, _, _ = select.select([process], [], [], SECONDS_TO_LIVE)
        self.assertTrue(ended, "it did not end")

    def logged(self, pattern: str) -> re.Match[str]:
        log = self.log.read_text()
        match = re.search(pattern, log)
        self.assertTrue(match, log)
        return match

    def test_a_daemon_serves_without_a_terminal_and_sigterm_ends_it_cleanly(self) -> None:
        for how, name in ((signal.SIGTERM, "SIGTERM"), (signal.SIGINT, "SIGINT")):
            pid = self.daemon("fastpoetry", "--port", 0, "--poem", self.poem("poem.txt", POEM))
            port = int(self.logged(STARTING)[1])
            self.assertEqual(read_all(connect(port)), POEM)
            self.assertNotEqual(os.getsid(pid), os.getsid(0))
            self.kill_and_wait(pid, how)
            self.assertFalse(self.pid_file.exists())
            self.logged(rf"Sending {len(POEM)} bytes of poetry to 127\.0\.0\.1:\d+\n")
            self.logged(rf"(?s)Received {name}, shutting down\..*Port {port} Closed.*Server Shut Down\.\n\Z")
            self.assertNotIn("Traceback", self.log.read_text())
            self.log.unlink()

    def test_a_daemon_stops_during_a_poem_even_if_its_client_no_longer_reads(self) -> None:
        poem = self.poem("long.txt", b"x" * 20_000_000)  # more than the kernel holds for a client
        for options in (["fastpoetry"], ["slowpoetry", "--delay", 0.5, "--num-bytes", 1_000_000]):
            pid = self.daemon(*options, "--port", 0, "--poem", poem)
            with connect(int(self.logged(STARTING)[1])) as client:
                client.recv(
                    1
                )  # now it is really running: it installs its signal handlers after the first lines of its log
                self.kill_and_wait(pid, signal.SIGTERM)
            self.assertFalse(self.pid_file.exists())
            self.logged(r"Server Shut Down\.\n\Z")
            self.assertNotIn("Traceback", self.log.read_text())
            self.log.unlink()

    def test_a_daemon_whose_port_is_taken_says_so_and_leaves_no_pid_file(self) -> None:
        poem = self.poem("poem.txt", POEM)
        first = self.nodaemon("fastpoetry", "--port", 0, "--poem", poem)
        port = self.said(first, STARTING)[1]
        pid_file = self.folder / "second.pid"
        for name in ("fastpoetry", "slowpoetry"):
            second = self.twistd("--pidfile", pid_file, "--logfile", self.log, name, "--port", port, "--poem", poem)
            status, said = self.ended(second)
            self.assertEqual(status, 1)
            self.assertIn(f"Couldn't listen on 127.0.0.1:{port}: [Errno 98]", said)
            self.assertNotIn("Traceback", said)
            # The daemon ends a little later than its failure is reported.
            gone = contextlib.suppress(FileNotFoundError, ProcessLookupError)
            with gone, open_process(int(pid_file.read_text())) as process:
                self.wait(process)
            self.assertFalse(pid_file.exists())
        self.assertEqual(read_all(connect(int(port))), POEM)


class Names(TwistdTestCase):
    def test_twistd_lists_the_servers(self) -> None:
        status, said = self.ended(self.twistd("--help"))
        self.assertEqual(status, 0)
        for name in ("fastpoetry +A fast", "slowpoetry +A slow", "poetryproxy +A poetry proxy"):
            self.assertRegex(said, rf"\n +{name}")

    def test_each_server_explains_its_options(self) -> None:
        poem = ["--port", "--poem", "--iface"]
        for name, options in (
            ("fastpoetry", [*poem, "--second-port", "--second-poem"]),
            ("slowpoetry", [*poem, "--delay", "--num-bytes"]),
            ("poetryproxy", ["--port", "--upstream", "--iface"]),
        ):
            status, said = self.ended(self.twistd(name, "--help"))
            self.assertEqual(status, 0)
            for option in options:
                self.assertRegex(said, rf"\s{option}=")

    def test_ctrl_c_ends_the_fast_server_and_the_log_says_so(self) -> None:
        server = self.nodaemon("fastpoetry", "--port", 0, "--poem", self.poem("poem.txt", POEM))
        port = int(self.said(server, STARTING)[1])
        self.said(server, rf"Read a poem of {len(POEM)} bytes from .*poem\.txt")
        self.assertEqual([read_all(connect(port)) for _ in range(3)], [POEM] * 3)
        self.assertEqual(int(self.pid_file.read_text()), server.pid)
        status, said = self.stopped(server, signal.SIGINT)
        self.assertEqual(status, -signal.SIGINT)
        self.assertFalse(self.pid_file.exists())
        self.assertRegex(said, rf"(?s)Received SIGINT, shutting down\..*Port {port} Closed.*Server Shut Down\.\n\Z")
        self.assertNotIn("Traceback", said)

    def test_each_of_two_poems_has_its_own_port(self) -> None:
        first, second = self.poem("poem.txt", POEM), self.poem("other.txt", OTHER)
        server = self.nodaemon("fastpoetry", "--port", 0, "--poem", first, "--second-port", 0, "--second-poem", second)
        ports = [int(self.said(server, STARTING)[1]) for _ in range(2)]
        self.assertEqual([read_all(connect(port)) for port in ports], [POEM, OTHER])
        self.assertEqual(self.stopped(server, signal.SIGTERM)[0], -signal.SIGTERM)

    def test_the_slow_server_sends_chunks_of_the_given_size_at_the_given_times_and_logs_them(self) -> None:
        poem = self.poem("poem.txt", POEM)
        server = self.nodaemon("slowpoetry", "--port", 0, "--poem", poem, "--delay", 1, "--num-bytes", 10)
        port = int(self.said(server, STARTING)[1])
        self.assertEqual(read_all(connect(port)), POEM)
        ends = [(0, 10), (10, 20), (20, len(POEM))]
        acts = ["accepted, from .*", *(f"sent bytes {start} to {end}" for start, end in ends)]
        times = [float(self.said(server, rf"([\d.]+) s  server 1  connection 1: {act}$")[1]) for act in acts]
        for number, at in enumerate(times):
            self.assertGreaterEqual(at - times[0], number - 0.01)  # the default delay would send it earlier
        self.said(server, "server 1  connection 1: close$")
        status, said = self.stopped(server, signal.SIGINT)
        self.assertEqual(status, -signal.SIGINT)
        self.assertRegex(said, r"Server Shut Down\.\n\Z")

    def test_a_proxy_started_by_name_gets_the_poem_of_a_server_started_by_name(self) -> None:
        server = self.nodaemon("slowpoetry", "--port", 0, "--poem", self.poem("poem.txt", POEM), "--delay", 0.01)
        upstream = self.said(server, STARTING)[1]
        proxy = self.nodaemon(
            "--pidfile", self.folder / "proxy.pid", "poetryproxy", "--port", 0, "--upstream", upstream
        )
        port = int(self.said(proxy, STARTING)[1])
        self.assertEqual(read_all(connect(port)), POEM)
        self.said(proxy, f"Got a poem of {len(POEM)} bytes")
        self.assertEqual(self.stopped(server, signal.SIGINT)[0], -signal.SIGINT)
        self.assertEqual(read_all(connect(port)), POEM)
        self.said(proxy, "Using the kept poem")
        self.assertEqual(self.stopped(proxy, signal.SIGINT)[0], -signal.SIGINT)

    def test_each_server_listens_at_an_ipv6_address_and_at_an_endpoint(self) -> None:
        poem = self.poem("poem.txt", POEM)
        upstream = self.said(self.python("slowpoetry.server", "--delay", 0, "--iface", "::1", poem), r" on (\S+)\.$")[1]
        self.assertRegex(upstream, r"^\[::1\]:\d+$")
        for name in (
            ["fastpoetry", "--poem", poem],
            ["slowpoetry", "--poem", poem, "--delay", 0],
            ["poetryproxy", "--upstream", upstream],
        ):
            for where in (["--port", 0, "--iface", "::1"], ["--port", r"tcp6:0:interface=\:\:1"]):
                server = self.nodaemon(*name, *where)
                port = int(self.said(server, STARTING)[1])
                with socket.create_connection(("::1", port), SECONDS_TO_LIVE) as client:
                    self.assertEqual(read_all(client), POEM)
                self.assertEqual(self.stopped(server, signal.SIGINT)[0], -signal.SIGINT)

    def test_a_poem_goes_through_a_unix_socket(self) -> None:
        path = self.folder / "poetry.socket"
        server = self.nodaemon("fastpoetry", "--poem", self.poem("poem.txt", POEM), "--port", f"unix:{path}")
        self.said(server, "Read a poem")  # the first line after it listens
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            self.assertEqual(read_all(client), POEM)
        self.said(server, f"Sending {len(POEM)} bytes of poetry to ")
        self.assertEqual(self.stopped(server, signal.SIGINT)[0], -signal.SIGINT)

    def test_a_stopped_proxy_resets_its_client_instead_of_sending_an_empty_poem(self) -> None:
        server = self.python("slowpoetry.server", "--delay", 3600, self.poem("poem.txt", POEM))
        upstream = self.said(server, SERVING)[1]
        proxy = self.nodaemon("poetryproxy", "--port", 0, "--upstream", upstream)
        with connect(int(self.said(proxy, STARTING)[1])) as client:
            self.said(server, "accepted")
            status, said = self.stopped(proxy, signal.SIGTERM)
            self.assertRaises(ConnectionResetError, client.recv, 1)
        self.assertEqual(status, -signal.SIGTERM)
        self.assertRegex(said, r"(?s)Cancelled the download.*Server Shut Down\.\n\Z")
        self.said(server, "hang-up")

    def test_bad_usage_ends_the_command_of_the_lab_with_status_1(self) -> None:
        status, said = self.ended(self.nodaemon("fastpoetry"))
        self.assertEqual(status, 1)
        self.assertTrue(said.splitlines()[-1].endswith("--poem is missing; name the file to serve"), said)

    def test_bad_usage_is_named_in_the_last_line_and_nothing_is_started(self) -> None:
        poem = self.poem("poem.txt", POEM)
        missing = self.folder / "missing.txt"
        for arguments, why in (
            (["fastpoetry"], "--poem is missing; name the file to serve"),
            (["slowpoetry"], "--poem is missing; name the file to serve"),
            (["poetryproxy"], "--upstream is missing; give the address of the server that has the poem"),
            (["fastpoetry", "--poem", missing], f"cannot read the poem '{missing}': No such file or directory"),
            (["slowpoetry", "--poem", self.folder], f"cannot read the poem '{self.folder}': Is a directory"),
            (["fastpoetry", "--poem", poem, "--port", "65536"], "'65536' is not a port from 0 to 65535"),
            (["fastpoetry", "--poem", poem, "--second-poem", poem], "needs both --second-poem and --second-port"),
            (["fastpoetry", "--poem", poem, "--second-port", "0"], "needs both --second-poem and --second-port"),
            (["slowpoetry", "--poem", poem, "--delay", "nan"], "'nan' is not a number of seconds from 0 to 3600"),
            (["slowpoetry", "--poem", poem, "--num-bytes", "0"], "'0' is not a number of bytes of 1 or more"),
            (["poetryproxy", "--upstream", ":1"], "bad argument ':1': the host is empty"),
            (
                ["poetryproxy", "--upstream", "10000"],
                "--upstream is the proxy's own address, not the server's",
            ),
            (["fastpoetry", "--poem", poem, "too much"], "Wrong number of arguments."),
            (["fastpoetry", "--poem", poem, "--iface", "[::1]"], "'[::1]' is not an address without brackets"),
            (["fastpoetry", "--poem", poem, "--port", "spx:1"], "not an endpoint: Unknown endpoint type: 'spx'"),
            (["fastpoetry", "--poem", poem, "--port", "tcp:http:x=1"], "unexpected keyword argument 'x'"),
            (
                ["poetryproxy", "--upstream", "1", "--port", "tcp:0", "--iface", "::1"],
                "--iface needs a number as --port; an endpoint has its own interface",
            ),
            (
                ["slowpoetry", "--poem", poem, "--port", "systemd:domain=INET:index=0"],
                "'systemd:domain=INET:index=0': systemd has not passed such a socket to this process",
            ),
            (
                ["slowpoetry", "--poem", poem, "--port", "unix:poetry"],
                "'unix:poetry' is not an endpoint that begins with tcp:, tcp6: or systemd:domain=INET:",
            ),
        ):
            status, said = self.ended_forked("--nodaemon", "--pidfile", self.pid_file, *arguments)
            self.assertEqual(status, 1)
            self.assertTrue(said.splitlines()[-1].endswith(why), said)
            self.assertNotIn("Traceback", said)
            self.assertFalse(self.pid_file.exists())


class TacFiles(TwistdTestCase):
    """The files of the tree with other ports, because theirs may be taken on this machine."""

    def tac(self, name: str, **settings: str) -> Program:
        text = (TAC / name).read_text()
        for setting, value in settings.items():
            text, count = re.subn(rf"(?m)^{setting} = .*$", f"{setting} = {value}", text)
            self.assertEqual(count, 1, f"{name} has no setting {setting}")
        path = self.folder / name
        path.write_text(text)
        return self.nodaemon("--python", path)

    def ends(self, server: Program) -> None:
        status, said = self.stopped(server, signal.SIGINT)
        self.assertEqual(status, -signal.SIGINT)
        self.assertRegex(said, r"Server Shut Down\.\n\Z")
        self.assertFalse(self.pid_file.exists())

    def test_one_poem(self) -> None:
        server = self.tac("fastpoetry.tac", port="0")
        port = int(self.said(server, STARTING)[1])
        self.assertEqual(read_all(connect(port)), poem_of_the_house("ecstasy.txt"))
        self.ends(server)

    def test_two_poems(self) -> None:
        server = self.tac("twopoems.tac", port="0", second_port="0")
        ports = [int(self.said(server, STARTING)[1]) for _ in range(2)]
        poems = [poem_of_the_house("ecstasy.txt"), poem_of_the_house("fascination.txt")]
        self.assertEqual([read_all(connect(port)) for port in ports], poems)
        self.ends(server)

    def test_a_proxy(self) -> None:
        server = self.python("slowpoetry.server", "--delay", 0, self.poem("poem.txt", POEM))
        upstream = self.said(server, SERVING)[1]
        proxy = self.tac("poetryproxy.tac", port="0", upstream=f'Address("127.0.0.1", {upstream})')
        self.assertEqual(read_all(connect(int(self.said(proxy, STARTING)[1]))), POEM)
        self.ends(proxy)

    def test_a_missing_poem_is_named(self) -> None:
        server = self.tac("fastpoetry.tac", port="0", poem_file='Path("poems/missing.txt")')
        status, said = self.ended(server)
        self.assertEqual(status, 1)
        last = said.splitlines()[-1]
        self.assertTrue(last.endswith("cannot read the poem 'poems/missing.txt': No such file or directory"), said)
        self.assertFalse(self.pid_file.exists())


def poem_of_the_house(name: str) -> bytes:
    return Path(ROOT / "poems" / name).read_bytes()
