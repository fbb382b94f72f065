"""The reference client does the kit's tasks; also an example of how another client can be driven.

The task is a JSON file with `steg`, to be done in order: `rapportera` and `ratta` carry a
`vardkontakt`, `makulera` a `vardhandelseId`, and `kvittenser` asks for the receipts to be read.
"""

import json
import os
import sys
from pathlib import Path

from gvr_klient.klient import Klient


def main() -> int:
    """Do the task that the environment names; return 0 when all of it was answered."""
    steg = json.loads(Path(os.environ["GVR_UPPDRAG"]).read_text(encoding="utf-8"))["steg"]
    utkorg = Path(os.environ["GVR_MAPP"]) / "utkorg.sqlite"
    with Klient.open(os.environ["GVR_URL"], token=os.environ["GVR_TOKEN"], utkorg=utkorg) as klient:
        for ett in steg:
            match ett["gor"]:
                case "rapportera":
                    klient.report(ett["vardkontakt"])
                case "ratta":
                    klient.correct(ett["vardkontakt"])
                case "makulera":
                    klient.cancel(ett["vardhandelseId"])
                case "kvittenser":
                    klient.flush(patience=30)
                    klient.receipts()
        return int(klient.flush(patience=30).vantar > 0)


if __name__ == "__main__":
    sys.exit(main())
