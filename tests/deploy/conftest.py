"""The same small database as for the tests of the endpoints."""

from tests.http.conftest import database

__all__ = ["database"]
