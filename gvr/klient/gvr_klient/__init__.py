"""Reference client for reporting vårdkontakter to GVR.

    from gvr_klient import Klient

    with Klient.open("https://gvr.example/api/v1", token=token, utkorg="utkorg.sqlite") as klient:
        klient.report(kontakt)          # stored in the outbox: nothing is lost from here on
        klient.flush()                  # sent, and sent again until it is answered
        klient.receipts(handle)         # what became of it

Everything goes through the outbox, a SQLite file. A request's idempotency key is made and stored
before the request is sent, so whatever happens on the way the same request can be made again.
"""

from gvr_klient.anslutning import Anslutning
from gvr_klient.klient import Klient, Kvittens, Stoppad
from gvr_klient.utkorg import FelAdress, Lage, Utkorg

__all__ = ["Anslutning", "FelAdress", "Klient", "Kvittens", "Lage", "Stoppad", "Utkorg"]
__version__ = "0.1.0"
