"""The settings as the type checker reads them: what the environment must give is made up here."""

import os

os.environ.setdefault("SECRET_KEY", "for-typer")
os.environ.setdefault("DATABASE_URL", "postgresql:///for-typer")
os.environ.setdefault("HTTPS", "nej")

from gvr.settings import *  # noqa: F403, TID251 - the names are the settings
