import json
from pathlib import Path

import pytest
from app import orders
from fastapi.testclient import TestClient

SHOP = json.loads((Path(__file__).parent / "shop.json").read_text())


@pytest.fixture
def grantor_world_options():
    return {"seed": SHOP}


def serving(world):
    application = world.application
    app = orders(world.issuer, "https://orders.test", application.client_id, application.client_secret, world.clock.now)
    return TestClient(app)


def asked(world, **more):
    token = world.mint(username="ada", scope="orders:read", **more).token
    return serving(world).get("/orders", headers={"authorization": f"Bearer {token}"})


def test_a_token_is_taken_until_it_expires(grantor_world):
    token = grantor_world.mint(username="ada", scope="orders:read").token
    headers = {"authorization": f"Bearer {token}"}
    client = serving(grantor_world)
    assert client.get("/orders", headers=headers).json() == {"of": grantor_world.user.id}
    grantor_world.clock.advance(3601)
    expired = client.get("/orders", headers=headers)
    assert (expired.status_code, expired.json()["detail"]) == (401, "expired_token")


@pytest.mark.parametrize(
    "wrong", ["expired", "notYetValid", "issuer", "audience", "signature", "algNone", "unknownKid", "typ"]
)
def test_a_token_is_refused_for_what_is_wrong_with_it(grantor_world, wrong):
    assert asked(grantor_world, wrong=wrong).status_code == 401


def test_keys_rotate_while_it_runs(grantor_world):
    assert asked(grantor_world).status_code == 200
    grantor_world.rotate_key()
    assert asked(grantor_world).status_code == 200


def test_who_cannot_renew_is_told_whether_it_is_for_them(grantor_world):
    client = serving(grantor_world)
    body = {"refresh_token": grantor_world.mint("refresh", username="ada", scope="orders:read").token}
    grantor_world.next("token", refuse="secret_wrong")
    assert client.post("/renew", json=body).json() == {"detail": "invalid_client"}
    assert client.post("/renew", json=body).status_code == 200
    body = {"refresh_token": grantor_world.mint("refresh", username="ada", scope="orders:read").token}
    grantor_world.expire("refreshTokens")
    refused = client.post("/renew", json=body)
    assert (refused.status_code, refused.json()["detail"]) == (401, "invalid_grant")
    assert grantor_world.recorded(endpoint="token", status=401)[0]["reason"] == "secret_wrong"


def test_worlds_beside_each_other(grantor, grantor_world):
    other = grantor.world(seed=SHOP)
    token = other.mint(username="ada", scope="orders:read").token
    assert serving(grantor_world).get("/orders", headers={"authorization": f"Bearer {token}"}).status_code == 401
