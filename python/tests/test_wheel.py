"""`pip install ./python`: a fresh environment gets the package, its types and its plugins, as docs/twistd.md says.

The environment has nothing of the checkout. It finds Twisted where the tests find it, so no network is needed.
"""

import contextlib
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from harness.suites.systemd import INSTALL
from tests.programs import ROOT, SECONDS_TO_LIVE, read_all

UNITS = ROOT / "docs" / "systemd"
HOME = "/opt/slowpoetry"  # in the unit files
POEM = b"No road is long\nwith poetry along.\n"


def run(*command: object, cwd: Path) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MYPYPATH")}
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, timeout=SECONDS_TO_LIVE
    )


def pip(*arguments: object, cwd: Path) -> None:
    done = run(
        sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments, "--no-index", "--no-deps", cwd=cwd
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-build-isolation", "--wheel-dir", folder, ROOT / "python", cwd=folder)
    [made] = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an environment with the wheel, and with a poem as in docs/twistd.md."""
    home = tmp_path_factory.mktemp("fresh")
    done = run(sys.executable, "-m", "venv", "--without-pip", home, cwd=home)
    assert done.returncode == 0, done.stderr
    pip("--python", home / "bin" / "python", "install", wheel, cwd=home)
    [packages] = home.glob("lib/python*/site-packages")
    (packages / "elsewhere.pth").write_text(sysconfig.get_path("purelib") + "\n")
    twistd = home / "bin" / "twistd"  # as pip makes it when it installs Twisted
    twistd.write_text(f"#!{home}/bin/python\nfrom twisted.scripts.twistd import run\nrun()\n")
    twistd.chmod(0o755)
    (home / "science.txt").write_bytes(POEM)
    return home


def test_the_wheel_holds_the_package_its_types_and_the_plugins_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {"slowpoetry/py.typed", "slowpoetry/address.py", "twisted/plugins/slowpoetry_plugin.py"} < set(names)
    strange = [name for name in names if not re.match(r"slowpoetry/|slowpoetry-1\.dist-info/", name)]
    assert strange == ["twisted/plugins/slowpoetry_plugin.py"]
    assert not [name for name in names if "__pycache__" in name or "dropin.cache" in name]


def test_any_twistd_knows_the_servers(fresh: Path) -> None:
    done = run(fresh / "bin" / "twistd", "--help", cwd=fresh)
    assert done.returncode == 0, done.stderr
    for name in ("slowpoetry", "fastpoetry", "poetryproxy"):
        assert re.search(rf"\n +{name} ", done.stdout), done.stdout
    where = run(fresh / "bin" / "python", "-c", "import slowpoetry; print(slowpoetry.__file__)", cwd=fresh)
    assert where.stdout.startswith(str(fresh)), where


def test_the_types_of_the_package_are_known_to_its_users(fresh: Path) -> None:
    wrong = "from slowpoetry.address import Address, format_address\nn: int = format_address(Address('::1', 1))"
    done = run(sys.executable, "-m", "mypy", "--python-executable", fresh / "bin" / "python", "-c", wrong, cwd=fresh)
    assert 'expression has type "str", variable has type "int"' in done.stdout, done.stdout + done.stderr


def units(fresh: Path, folder: Path) -> list[Path]:
    """The unit files for the fresh environment."""
    made = []
    for unit in sorted(UNITS.iterdir()):
        made.append(folder / unit.name)
        made[-1].write_text(unit.read_text().replace(HOME, str(fresh)))
    return made


def test_systemd_finds_nothing_wrong_in_the_unit_files(fresh: Path, tmp_path: Path) -> None:
    if not (analyze := shutil.which("systemd-analyze")):
        missing = f"no systemd-analyze here; install it with: {' '.join(INSTALL)}"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    done = run(analyze, "verify", "--man=no", *units(fresh, tmp_path), cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_command_of_the_unit_serves_on_the_socket_that_it_is_passed(fresh: Path, tmp_path: Path, host: str) -> None:
    service, _ = units(fresh, tmp_path)
    [command] = re.findall(r"(?m)^ExecStart=(.*)$", service.read_text())
    family, domain = (socket.AF_INET6, "INET6") if host == "::1" else (socket.AF_INET, "INET")
    words = [*shlex.split(command.replace("domain=INET", f"domain={domain}")), "--delay", "0.01"]
    with socket.create_server((host, 0), family=family) as listening:
        address = listening.getsockname()[:2]
        # As systemd does it: descriptor 3, the number of the process to which it belongs, and its name.
        script = 'exec 3<&0 </dev/null; exec env LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=slowpoetry.socket "$@"'
        server = subprocess.Popen(
            ["sh", "-c", script, "sh", *words],
            cwd=tmp_path,
            stdin=listening,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    with server:  # from here on, the socket is the server's alone: if it ends, the connection fails
        try:
            with contextlib.suppress(OSError):  # if the server has ended, what it said is more telling
                assert read_all(socket.create_connection(address, SECONDS_TO_LIVE)) == POEM
            server.send_signal(signal.SIGTERM)
            said = server.communicate(timeout=SECONDS_TO_LIVE)[0].decode()
        finally:
            server.kill()
    assert re.search(r"(?s)sent bytes 30 to 35.*Server Shut Down\.\n\Z", said), said
    assert (server.returncode, "Traceback" in said) == (-signal.SIGTERM, False)
