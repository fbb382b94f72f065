"""`python -m gvr_klient`."""

import sys

from gvr_klient.kommandon import main

sys.exit(main())
