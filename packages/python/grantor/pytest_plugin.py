"""Fixtures of pytest: `grantor`, a server for the session, and `grantor_world`, a world for each test.

A project that wants them otherwise has fixtures `grantor_options` (of the session: what `Grantor.start` takes) and
`grantor_world_options` (what `Grantor.world` takes) in its `conftest.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator

import pytest

if TYPE_CHECKING:
    from grantor.testing import Grantor, World


@pytest.fixture(scope="session")
def grantor_options() -> dict[str, Any]:
    """What `Grantor.start` takes."""
    return {}


@pytest.fixture(scope="session")
def grantor(grantor_options: dict[str, Any]) -> Iterator[Grantor]:
    """A server: of this session, or the one of `GRANTOR_URL`."""
    from grantor.testing import Grantor

    with Grantor.start(**grantor_options) as started:
        yield started


@pytest.fixture
def grantor_world_options() -> dict[str, Any]:
    """What `Grantor.world` takes."""
    return {}


@pytest.fixture
def grantor_world(grantor: Grantor, grantor_world_options: dict[str, Any]) -> Iterator[World]:
    """An environment of this test alone."""
    from grantor.testing import GrantorError

    world = grantor.world(**grantor_world_options)
    yield world
    try:
        world.delete()
    except GrantorError as refused:
        # The test may have deleted it itself.
        if refused.status != 404:
            raise
