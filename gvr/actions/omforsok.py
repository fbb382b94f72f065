"""Doing a transaction again when PostgreSQL says that another one was in its way."""

import logging
import time
from collections.abc import Callable, Collection
from typing import Final, TypeVar

from django.db import DatabaseError

logger = logging.getLogger(__name__)

MAX_RETRIES: Final = 3
#: Serialization failure and deadlock: nothing is wrong, two transactions met.
DODLAGE: Final = frozenset({"40001", "40P01"})
_T = TypeVar("_T")


def try_again(work: Callable[[], _T], *, vid: Collection[str] = DODLAGE) -> _T:
    """Do the work, which must be one transaction, and again at once up to three times.

    `vid` are the SQLSTATEs that are worth another try. After the last try, and for every other
    fault, the database's own error is raised.
    """
    for forsok in range(MAX_RETRIES):
        try:
            return work()
        except DatabaseError as error:
            if sqlstate(error) not in vid:
                raise
            logger.info("databasen.omforsok forsok=%d sqlstate=%s", forsok + 1, sqlstate(error))
            time.sleep(0.01 * 3**forsok)
    return work()


def sqlstate(error: DatabaseError) -> str | None:
    """Return PostgreSQL's code of an error that Django has wrapped."""
    return getattr(error.__cause__, "sqlstate", None)
