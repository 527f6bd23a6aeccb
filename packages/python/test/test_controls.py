"""What the installed wheel does: run by pytest in an environment that has nothing else."""

import base64
import concurrent.futures
import http.server
import json
import os
import subprocess
import sys
import sysconfig
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone

import pytest

from grantor.testing import Grantor, GrantorError, hashed


def posted(url, **form):
    """The status and the body of a form's answer."""
    try:
        with urllib.request.urlopen(url, urllib.parse.urlencode(form).encode()) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def token(world, secret=None, **form):
    application = world.application
    return posted(
        f"{world.issuer}/token", client_id=application.client_id, client_secret=secret or application.client_secret, **form
    )


def active(world, value):
    application = world.application
    _, told = posted(
        f"{world.issuer}/introspect", token=value, client_id=application.client_id, client_secret=application.client_secret
    )
    return told["active"]


def test_first_token_after_the_call():
    began = time.monotonic()
    with Grantor.start() as started:
        started.world().mint()
        print(f"first token after {(time.monotonic() - began) * 1000:.0f} ms")


def test_a_token_ends_when_the_clock_moves_past_its_expiry(grantor_world):
    world = grantor_world
    minted = world.mint(username=world.user.username, scope="openid", expires_in=60)
    assert minted.claims["sub"] == world.user.id
    assert active(world, minted.token)
    assert world.clock.advance(61).now > datetime.now(timezone.utc) + timedelta(seconds=55)
    assert not active(world, minted.token)
    world.clock.set(datetime.now())
    assert active(world, minted.token)
    assert world.clock.freeze().frozen and not world.clock.unfreeze().frozen
    assert world.clock.rate(60).rate == 60


def test_a_rotated_key_signs_and_the_one_before_stays_published(grantor_world):
    old, kid = grantor_world.mint(), grantor_world.rotate_key()
    assert old.header["kid"] != kid
    assert grantor_world.mint().header["kid"] == kid
    assert grantor_world.mint(algorithm="ES256").header["alg"] == "ES256"
    with urllib.request.urlopen(f"{grantor_world.issuer}/jwks") as answer:
        published = {key["kid"] for key in json.load(answer)["keys"]}
    assert {old.header["kid"], kid} <= published


def test_a_refresh_token_that_was_ended_is_refused(grantor_world):
    value = grantor_world.mint("refresh", username=grantor_world.user.username, scope="openid").token
    status, redeemed = token(grantor_world, grant_type="refresh_token", refresh_token=value)
    assert status == 200
    assert grantor_world.expire("refreshTokens") == 1
    value = redeemed.get("refresh_token", value)
    status, refused = token(grantor_world, grant_type="refresh_token", refresh_token=value)
    assert (status, refused["error"]) == (400, "invalid_grant")


def test_a_client_is_refused_when_the_test_says_so_and_once(grantor_world):
    grantor_world.next("token", refuse="secret_wrong")
    status, refused = token(grantor_world, grant_type="client_credentials")
    assert (status, refused["error"]) == (401, "invalid_client")
    grantor_world.next("token", status=429, retry_after=2)
    grantor_world.clear_next()
    assert token(grantor_world, grant_type="client_credentials")[0] == 200


def test_worlds_that_are_made_at_the_same_time_know_nothing_of_each_other(grantor):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        worlds = list(pool.map(lambda _: grantor.world(), range(20)))
    assert len({world.issuer for world in worlds}) == 20
    first, second, *_ = worlds
    value = first.mint().token
    assert active(first, value) and not active(second, value)
    first.delete()
    with pytest.raises(GrantorError) as gone:
        first.mint()
    assert gone.value.status == 404


def test_the_recorder_tells_what_was_asked_and_gave_and_waits_for_it(grantor_world):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        later = pool.submit(grantor_world.recorded, endpoint="token", count=2)
        _, given = token(grantor_world, grant_type="client_credentials")
        assert len(grantor_world.recorded(endpoint="token")) == 1
        token(grantor_world, secret="wrong", grant_type="client_credentials")
        good, bad = later.result()
    assert good["gave"] == [hashed(given["access_token"])]
    assert good["form"]["client_secret"] == hashed(grantor_world.application.client_secret)
    assert (bad["status"], bad["reason"]) == (401, "secret_wrong")
    grantor_world.clear_recorded()
    with pytest.raises(TimeoutError, match="0 of 1 requests"):
        grantor_world.recorded(timeout=0.05)


def test_snapshots_resets_and_what_is_wrong(grantor):
    world = grantor.world(now="2030-01-01T00:00:00Z", frozen=True)
    snapshot = world.snapshot()
    assert world.clock.advance(timedelta(days=1)).now == datetime(2030, 1, 2, tzinfo=timezone.utc)
    world.restore(snapshot)
    assert world.clock.now() == datetime(2030, 1, 1, tzinfo=timezone.utc)
    world.settings({"autoSignOn": world.user.username})
    world.reset()
    assert not world.settings().get("autoSignOn")
    assert world.outbox() == []
    with pytest.raises(GrantorError) as refused:
        world.next("token")
    assert refused.value.status == 400
    assert grantor.open(world.id).issuer == world.issuer
    wrong = world.mint(wrong="algNone").token
    header = wrong.split(".")[0]
    assert json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["alg"] == "none"


def test_what_happens_is_told_as_it_happens(grantor, grantor_world):
    told = grantor.events()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        first = pool.submit(next, told)
        # It listens from some moment on: until then there is nothing to tell of.
        while not first.done():
            grantor_world.clock.advance(1)
            time.sleep(0.02)
    assert first.result().kind == "clock"
    token(grantor_world, secret="wrong", grant_type="client_credentials")
    refusal = next(one for one in told if one.kind == "refusal" and one.world == grantor_world.id)
    assert (refusal.told["endpoint"], refusal.told["reason"]) == ("token", "secret_wrong")
    told.close()


def test_a_world_may_be_deleted_by_its_test(grantor_world):
    grantor_world.delete()


def test_what_is_said_of_a_process_and_of_one_that_runs_already_is_refused(grantor):
    for own in [{"args": ["-v"]}, {"binary": "x"}, {"seed": {"name": "Shop"}}]:
        with pytest.raises(ValueError, match="say one of them"):
            Grantor.start(url=grantor.url, **own)


def test_no_server_is_told_by_its_name():
    with pytest.raises(ValueError, match="nonsense is no address"):
        Grantor.start(url="nonsense")
    with pytest.raises(RuntimeError, match="did not start: it said nothing"):
        Grantor.start(binary="/bin/true")

    class Other(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>")

    with http.server.HTTPServer(("127.0.0.1", 0), Other) as other:
        threading.Thread(target=other.handle_request).start()
        url = f"http://127.0.0.1:{other.server_port}"
        with pytest.raises(GrantorError, match="answered 200: is it a grantor dev"):
            Grantor.start(url=url).world()
    with pytest.raises(ConnectionError, match=f"{url} does not answer: .*refused"):
        Grantor.start(url=url).world()


def test_the_server_ends_with_whoever_started_it():
    script = "import os; from grantor.testing import Grantor; print(Grantor.start().url, flush=True); os.kill(os.getpid(), 9)"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    left = Grantor.start(url=ended.stdout.strip())
    for _ in range(100):
        try:
            left.worlds()
        except OSError:
            return
        time.sleep(0.05)
    pytest.fail("it is still there")


def test_a_seed_and_the_program():
    seed = {"name": "Shop", "users": [{"username": "ada", "password": "a clear password", "email": "ada@example.com"}]}
    with Grantor.start(seed=seed) as other:
        (shop,) = [world for world in other.worlds() if world["name"] == "Shop"]
        assert [user.username for user in other.open(shop["id"]).users] == ["ada"]
        assert len(Grantor.start(url=other.url).worlds()) == len(other.worlds())
    with pytest.raises(OSError):
        other.worlds()
    with pytest.raises(RuntimeError, match="did not start: .*--bogus"):
        Grantor.start(args=["--bogus"])
    for program in [[os.path.join(sysconfig.get_path("scripts"), "grantor")], [sys.executable, "-m", "grantor"]]:
        assert "0." in subprocess.run([*program, "version"], capture_output=True, text=True, check=True).stdout
