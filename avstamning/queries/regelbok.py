"""The shipped rule packs, price lists and code lists, read for the rule book. No database."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

import avstamning.core
import ersattning.ersmo.core
import ersattning.hej.core
import ersattning.vardfaktura.core
import gvr.core
from avstamning.core.regelbok import Underlag
from ersattning.ersmo.core import regelpaket
from ersattning.hej.core import prislista
from ersattning.hej.core.orsaker import ORSAKER
from gvr.core import kodverk
from gvr.core.avvikelse import Avvikelse
from gvr.core.felkatalog import FELKATALOG
from gvr.core.kontroll import LATTADE_I_FIL

ROOT: Final = Path(gvr.core.__file__).parents[2]
_CORES: Final = (
    gvr.core,
    ersattning.ersmo.core,
    ersattning.hej.core,
    ersattning.vardfaktura.core,
    avstamning.core,
)
_T = TypeVar("_T")


def shipped() -> Underlag:
    """Return everything the project ships that decides something.

    Raises ValueError for a file that cannot be read; a shipped file always can.
    """
    for package in _CORES:  # a module puts its codes in the catalogue when it is imported
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    return Underlag(
        koder=tuple(FELKATALOG.values()),
        lattade_i_fil=LATTADE_I_FIL,
        orsaker=tuple(ORSAKER.values()),
        paket=tuple(read(ROOT / "ersattning/ersmo/data/regelpaket", regelpaket.parse)),
        prislistor=tuple(read(ROOT / "ersattning/hej/data/prislistor", prislista.parse)),
        kodverk=tuple(read(ROOT / "gvr/data/kodverk", kodverk.parse)),
    )


def read(mapp: Path, parse: Callable[[Any], _T | tuple[Avvikelse, ...]]) -> Iterator[_T]:
    """Yield the value of every document in a folder, in order of file name."""
    for fil in sorted(mapp.glob("*.yaml")):
        value = parse(yaml.safe_load(fil.read_text("utf-8")))
        if isinstance(value, tuple):
            raise ValueError(f"{fil.name}: {'; '.join(avvikelse.text for avvikelse in value)}")
        yield value
