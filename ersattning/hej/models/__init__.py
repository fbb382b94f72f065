"""HEJ's tables: prices, decisions and the money."""

from ersattning.hej.models.beslut import Avgorande, Beslut, Kontaktlage
from ersattning.hej.models.delbeslut import Delbeslut
from ersattning.hej.models.post import Post
from ersattning.hej.models.prislista import Pris, Prislista

__all__ = ["Avgorande", "Beslut", "Delbeslut", "Kontaktlage", "Post", "Pris", "Prislista"]
