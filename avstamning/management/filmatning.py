"""What a large ERSMOIndata file costs the process that takes it in or hands it on."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from avstamning.management import matning
from gvr.actions import ersmofiler
from gvr.core.ersmoindata import VARDKONTAKT, Handelse
from gvr.core.ersmoindata_ut import Skrivare

GRANS_MIB: Final = 500
IN, UT = "fil-in", "fil-ut"
_FIL: Final = "handelser.xml"
_CHUNK: Final = 1000


class Atgang(msgspec.Struct, frozen=True):
    """The most memory that the process held, in MiB, and the seconds that the work took."""

    mib: float
    sekunder: float


def write_sample(mapp: Path, antal: int) -> None:
    """Write a file of contacts of the example region, each with an id of its own."""
    skrivare = Skrivare(id_="1", schema=ersmofiler.schema())
    planerade = matning.contacts(antal, seed=77)
    with (mapp / _FIL).open("wb") as fil:
        fil.write(skrivare.start())
        for start in range(0, antal, _CHUNK):
            fil.write(
                skrivare.events(
                    [
                        Handelse(
                            plats=0,
                            rad=0,
                            id=f"FIL-{start + nr}",
                            klass=VARDKONTAKT,
                            makulerad=False,
                            enhet=rad.innehall.enhet,
                            patient_id=rad.innehall.patient_id,
                            dag=rad.innehall.dag,
                            slutdag=rad.innehall.slutdag,
                            innehall=rad.innehall,
                            detaljer={},
                        )
                        for nr, rad in enumerate(planerade[start : start + _CHUNK])
                    ]
                )
            )
        fil.write(skrivare.end())
    if skrivare.antal != antal:
        raise RuntimeError(f"Filen fick {skrivare.antal} händelser av {antal}.")


def of_process(vad: str, mapp: Path) -> Atgang:
    """Let a process of its own do it, and return what that took."""
    svar = subprocess.run(
        [sys.executable, settings.ROOT / "manage.py", "bench", "--del", vad, "0", mapp],
        env=os.environ,
        check=True,
        stdout=subprocess.PIPE,
    )
    return msgspec.json.decode(svar.stdout.splitlines()[-1], type=Atgang)


def run(vad: str, mapp: Path) -> None:
    """Be that process: take in the file, or hand on all of today's events in as few files."""
    idag = str(timezone.localdate())
    with matning.stopwatch() as seconds, (mapp / f"{vad}.log").open("w") as log:
        if vad == IN:
            call_command("receive_ersmoindata", mapp / _FIL, avsandare="JOURNAL-A", stdout=log)
        else:
            call_command(
                "write_ersmoindata",
                idag,
                idag,
                mapp=mapp,
                anvandare="anna",
                flest=100_000,
                stdout=log,
            )
        svar = Atgang(_peak_mib(), seconds())
    sys.stdout.write(msgspec.json.encode(svar).decode() + "\n")


def _peak_mib() -> float:
    """Return the most memory this process has held; not getrusage, which counts its parent's."""
    rader = Path("/proc/self/status").read_text().splitlines()
    (rad,) = [rad for rad in rader if rad.startswith("VmHWM:")]
    return int(rad.split()[1]) / 1024
