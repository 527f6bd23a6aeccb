import json
from pathlib import Path

import pytest
from app import orders
from fastapi.testclient import TestClient

SHOP = json.loads((Path(__file__).parent / "shop.json").read_text())
WRONG = ["expired", "notYetValid", "issuer", "audience", "signature", "algNone", "unknownKid", "typ"]


@pytest.fixture
def grantor_world_options():
    return {"seed": SHOP}


def serving(world, token=""):
    shop = world.application
    app = orders(world.issuer, "https://orders.test", shop.client_id, shop.client_secret, world.clock.now)
    return TestClient(app, headers={"authorization": f"Bearer {token}"})


def minted(world, kind="access", **more):
    return world.mint(kind, username="ada", scope="orders:read", **more).token


def test_a_token_is_taken_until_it_expires(grantor_world):
    client = serving(grantor_world, minted(grantor_world))
    assert client.get("/orders").json() == {"of": grantor_world.user.id}
    grantor_world.clock.advance(3601)
    assert ((expired := client.get("/orders")).status_code, expired.json()["detail"]) == (401, "expired_token")


@pytest.mark.parametrize("wrong", WRONG)
def test_a_token_is_refused_for_what_is_wrong_with_it(grantor_world, wrong):
    assert serving(grantor_world, minted(grantor_world, wrong=wrong)).get("/orders").status_code == 401


def test_keys_rotate_while_it_runs(grantor_world):
    for _ in range(2):
        assert serving(grantor_world, minted(grantor_world)).get("/orders").status_code == 200
        grantor_world.rotate_key()


def test_who_cannot_renew_is_told_whether_it_is_for_them(grantor_world):
    client, body = serving(grantor_world), {"refresh_token": minted(grantor_world, "refresh")}
    grantor_world.next("token", refuse="secret_wrong")
    assert client.post("/renew", json=body).json() == {"detail": "invalid_client"}
    assert client.post("/renew", json=body).status_code == 200
    body = {"refresh_token": minted(grantor_world, "refresh")}
    grantor_world.expire("refreshTokens")
    refused = client.post("/renew", json=body)
    assert (refused.status_code, refused.json()["detail"]) == (401, "invalid_grant")
    assert grantor_world.recorded(endpoint="token", status=401)[0]["reason"] == "secret_wrong"


def test_worlds_beside_each_other(grantor, grantor_world):
    assert serving(grantor_world, minted(grantor.world(seed=SHOP))).get("/orders").status_code == 401
