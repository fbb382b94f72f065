"""Klassning: which products does a contact earn? Two engines that must always agree.

`classify` is the fast one: rules are turned into bits once (`compile_paket`), and a contact costs a
few look-ups. `classify_interpreted` walks through every rule and says what the fast one should say.
`trace` explains.
"""

from ersattning.ersmo.core.bitmask import Kompilerat, classify, compile_paket
from ersattning.ersmo.core.forklaring import Forklaring, Regelsvar, Villkorssvar, trace
from ersattning.ersmo.core.regel import Produktrad
from ersattning.ersmo.core.tolkning import classify_interpreted
from ersattning.ersmo.core.utfall import Klassning

__all__ = [
    "Forklaring",
    "Klassning",
    "Kompilerat",
    "Produktrad",
    "Regelsvar",
    "Villkorssvar",
    "classify",
    "classify_interpreted",
    "compile_paket",
    "trace",
]
