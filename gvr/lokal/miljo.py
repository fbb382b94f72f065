"""
Build the virtual environment from a committed lock: `python3 gvr/lokal/miljo.py demo|test`.

Run by whatever Python the machine has, before anything is installed. Therefore only the
standard library, and a syntax that old versions understand well enough to say what is wrong.
"""

import hashlib
import os
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
LOCKS = {"demo": "requirements.lock", "test": "requirements-test.lock"}
INSTALLER_LOCK = "requirements-uv.lock"
OLDEST = (3, 11)


def say(text: str) -> None:
    """Write one progress line."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def run(*argv: str) -> bool:
    """Run a command in the project's root; return whether it went well."""
    return subprocess.call(argv, cwd=ROOT) == 0


def fingerprint(lock: str) -> str:
    """Return a text that changes when the lock or the Python changes."""
    with open(os.path.join(ROOT, lock), "rb") as f:
        return hashlib.sha256(f.read()).hexdigest() + " " + sys.version.split()[0] + "\n"


def is_current(name: str) -> bool:
    """Return whether the environment already holds exactly this lock (or the wider one)."""
    for wider in (name, "test"):
        stamp = os.path.join(VENV, ".las-" + wider)
        if os.path.exists(stamp) and os.path.exists(PYTHON):
            with open(stamp) as f:
                if f.read() == fingerprint(LOCKS[wider]):
                    return True
    return False


def create() -> None:
    """Create .venv, or say in plain words why this Python cannot."""
    if os.path.exists(PYTHON) and run(PYTHON, "-c", "import pip"):
        return
    if not run(sys.executable, "-m", "venv", "--clear", VENV):
        sys.exit(
            "\nKunde inte skapa .venv. På Debian och Ubuntu behövs paketet python3-venv:\n"
            "    apt-get install python3-venv"
        )


def install(lock: str) -> None:
    """Install exactly the lock, hashes checked: by uv when the index has it, else by pip."""
    pip = (PYTHON, "-m", "pip", "--quiet", "--disable-pip-version-check", "install")
    hashed = ("--require-hashes", "-r")
    if run(*pip, *hashed, INSTALLER_LOCK) and run(
        PYTHON, "-m", "uv", "--quiet", "pip", "install", "--python", PYTHON, *hashed, lock
    ):
        return
    say("uv nådde inte fram, fortsätter med pip …")
    if not run(*pip, *hashed, lock):
        sys.exit("Kunde inte installera " + lock + ". Nås paketindexet? Se felet ovan.")


def main(argv: "list[str]") -> None:
    """Make the environment fit the lock that was asked for."""
    if sys.version_info < OLDEST:
        sys.exit(
            "Python 3.11 eller nyare behövs; det här är %s. Ange en annan: make PYTHON=python3.12 …"
            % sys.version.split()[0]
        )
    name = argv[1] if len(argv) > 1 else "demo"
    if is_current(name):
        return
    start = time.monotonic()
    say("Bygger miljön .venv av %s …" % LOCKS[name])
    create()
    install(LOCKS[name])
    with open(os.path.join(VENV, ".las-" + name), "w") as f:
        f.write(fingerprint(LOCKS[name]))
    say("Miljön är klar (%.0f s)." % (time.monotonic() - start))


if __name__ == "__main__":
    main(sys.argv)
