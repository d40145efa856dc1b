# SPDX-License-Identifier: Apache-2.0
"""Redis's source package of the installed redis-server's very version, for its test suite.

It comes from the machine's own package sources, asked for source packages in a folder of their own: nothing under
/etc/apt is changed, and apt checks signatures as for any package. Nothing is done where the package is there already.
"""

import pathlib
import re
import shutil
import subprocess

SOURCES = pathlib.Path("/etc/apt")
PROGRAMS = ("redis-cli", "redis-benchmark")    # what the suite starts from src/


class not_available(Exception):
    """The source package cannot be had; says why."""


def installed():
    """(name, version) of the source package that redis-server was built from."""
    query = ["dpkg-query", "-W", "-f", "${source:Package} ${source:Version}", "redis-server"]
    asked = subprocess.run(query, capture_output=True, text=True)
    if asked.returncode != 0:
        raise not_available("redis-server is not installed as a Debian package: run scripts/setup test")
    return tuple(asked.stdout.split())


def source_line(line):
    """The line for source packages to a line of the older format; none to a comment."""
    found = re.match(r"\s*deb(?:-src)?\s+(.*)", line)
    return "deb-src " + found[1] if found else None


def source_stanza(text):
    """The stanza for source packages to a stanza of the newer format; none to one that is off."""
    if not re.search(r"^Types:", text, re.MULTILINE) or re.search(r"^Enabled:\s*no", text, re.MULTILINE | re.IGNORECASE):
        return None
    return re.sub(r"^Types:.*$", "Types: deb-src", text, flags=re.MULTILINE)


def write_sources(folder):
    """The machine's own package sources, as sources of source packages."""
    folder.mkdir(parents=True)
    for number, path in enumerate([SOURCES / "sources.list", *sorted(SOURCES.glob("sources.list.d/*"))]):
        if not path.is_file():
            continue
        if path.suffix == ".list":
            parts, ending = [source_line(line) for line in path.read_text().splitlines()], "\n"
        elif path.suffix == ".sources":
            parts, ending = [source_stanza(part) for part in re.split(r"\n\s*\n", path.read_text().strip())], "\n\n"
        else:
            continue
        lines = ending.join(dict.fromkeys(part for part in parts if part))
        (folder / f"{number}{path.suffix}").write_text(lines + "\n")


def apt_get(folder, *arguments):
    """apt-get with lists, cache and sources of its own under `folder`."""
    (folder / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (folder / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    settings = {"Dir::Etc::sourcelist": "/dev/null", "Dir::Etc::sourceparts": folder / "sources",
                "Dir::State::lists": folder / "lists", "Dir::Cache": folder / "cache", "APT::Sandbox::User": "root"}
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    ran = subprocess.run(["apt-get", "-q", *options, *arguments], cwd=folder, capture_output=True, text=True)
    return ran.returncode, ran.stdout + ran.stderr


def fetch(build):
    """The folder of the unpacked source package, fetched first if need be."""
    name, version = installed()
    target = build / "source" / version.replace(":", "_")
    if target.exists():
        return target
    missing = [program for program in ("tclsh", "dpkg-source") if not shutil.which(program)]
    if missing:
        raise not_available(f"no {' and no '.join(missing)} here: run scripts/setup test")
    print(f"fetching the source package {name} {version}", flush=True)
    folder = build.resolve() / "apt"
    shutil.rmtree(folder, ignore_errors=True)
    write_sources(folder / "sources")
    # A package source without source packages makes this fail, and does not matter if another one has this one.
    updated = apt_get(folder, "update")[1]
    status, said = apt_get(folder, "--download-only", "source", f"{name}={version}")
    described = sorted(folder.glob("*.dsc"))
    if status != 0 or not described:
        raise not_available(f"the source package {name} {version} cannot be fetched; if there is a newer redis-server, "
                            f"install it and try again\n{updated[-2000:]}{said[-2000:]}")
    unpacked = folder / "unpacked"
    ran = subprocess.run(["dpkg-source", "--no-check", "-x", described[0], unpacked], capture_output=True, text=True)
    if ran.returncode != 0:
        raise not_available(f"{described[0].name} cannot be unpacked:\n{ran.stdout}{ran.stderr}")
    target.parent.mkdir(parents=True, exist_ok=True)
    unpacked.rename(target)
    shutil.rmtree(folder)
    return target


def working_copy(source, target):
    """A folder to run the suite in, by itself: it writes into tests/tmp. Made anew each time."""
    shutil.rmtree(target, ignore_errors=True)
    (target / "src").mkdir(parents=True)
    for path in source.iterdir():
        if path.name == "tests":
            shutil.copytree(path, target / "tests", symlinks=True)
        elif path.name != "src":
            (target / path.name).symlink_to(path.resolve())
    for path in (source / "src").iterdir():
        (target / "src" / path.name).symlink_to(path.resolve())
    for program in PROGRAMS:
        (target / "src" / program).symlink_to(shutil.which(program))
    return target
