"""A process killed without warning while it works: what its clients may see, and what must hold once it is back.

A client whose answer was lost does not know whether anything happened. So it asks again, and both possibilities must lead to
the same state. A round counts only if it met the case in question, an answer lost *after* its commit; else there is another.
"""

import base64
import concurrent.futures
import functools
import http.client
import json
import subprocess
import threading
import time

from outcome import at_once, done, expect, refused, seen

#: So many at once; fewer in further rounds.
REQUESTS = 1000
FAMILIES = 200
#: Rounds until a process died between a commit and its answer.
ROUNDS = 25
#: How often a rotation is killed, each time a little later.
ROTATIONS = 24
LOST = None


def walk(world, server, other):
    """Everything, in order; returns the last process that runs in the place of `server`."""
    server = while_redeeming(world, server, other)
    server = while_rotating_refresh_tokens(world, server)
    server = while_rotating_refresh_tokens_with_grace(world, server)
    return while_rotating_keys(world, server)


def while_redeeming(world, server, other):
    """TE-16: a thousand valid requests at once, one process killed amid them: right answers or none at all.

    AC-17: whoever lost the answer asks again, and gets the tokens once or `invalid_grant`, never a second set.
    """
    for round_number in range(ROUNDS):
        codes = world.codes(server, FAMILIES if round_number else REQUESTS)
        places = [server, other or server] * (len(codes) // 2)
        calls = [functools.partial(world.redeem, place, code) for place, code in zip(places, codes)]
        outcomes = killed_amid(server, calls)
        for place, outcome in zip(places, outcomes):
            expect(outcome is LOST or outcome[0] in (200, 503), f"a valid request was answered {outcome}")
            expect(outcome is not LOST or place is server, "the process that lives on lost an answer")
        server = server.deployment.start(server.port)
        settled = each(functools.partial(settle_code, world, server), zip(codes, outcomes, range(len(codes))))
        tokens = [token for _, given in settled for token in given]
        expect(len(tokens) == len(set(tokens)), "two requests were given the same token")
        lost, answered = outcomes.count(LOST), sum(outcome is not LOST and outcome[0] == 200 for outcome in outcomes)
        met = sum(committed for committed, _ in settled)
        if lost and answered and met:
            done(f"kill -9 amid {len(codes)} parallel exchanges: {answered} right, {lost} lost, none wrong; "
                 f"{met} of the lost were committed and gave nothing a second time (round {round_number + 1})")
            return server
    expect(False, f"in {ROUNDS} rounds no exchange died between its commit and its answer")


def settle_code(world, server, code, outcome, nonce):
    """Whether the code was committed without an answer, and the tokens it gave."""
    given = []
    if outcome is not LOST and outcome[0] == 200:
        given.append(right(world, outcome[1], nonce))
    else:
        status, answer = world.redeem(server, code)
        if status == 200:
            given.append(right(world, answer, nonce))
        else:
            expect(outcome is LOST, "a code was used up by a request that was turned away")
            refused((status, answer), "the exchange of a code whose answer was lost")
    committed = not given
    refused(world.redeem(server, code), "the last exchange of a code")
    if given:
        expect(not world.active(server, given[0]), "a code used again did not revoke what it had given")
    return committed, given


def right(world, answer, nonce):
    """The tokens are of the one who signed on, for the request that asked: the access token."""
    for name in ("access_token", "id_token"):
        expect(claims(answer[name])["sub"] == world.user, f"{name} of somebody else: {json.dumps(answer)}")
    expect(claims(answer["id_token"])["nonce"] == str(nonce), f"the ID token of another request than {nonce}")
    return answer["access_token"]


def while_rotating_refresh_tokens(world, server):
    """RT-15, no grace: the old token is tried again. Either it was never used, or it gives nothing: never two branches."""
    for round_number in range(ROUNDS):
        server, families, outcomes = killed_amid_refresh(world, server, world.owner)

        def settle(old, outcome):
            if outcome is not LOST:
                status, answer = world.refresh(server, outcome[1]["refresh_token"])
                expect(status == 200, f"an acknowledged refresh token gave {status}: {json.dumps(answer)}")
                return False
            status, answer = world.refresh(server, old)
            if status == 200:
                status, answer = world.refresh(server, answer["refresh_token"])
                expect(status == 200, f"the only branch gave {status}: {json.dumps(answer)}")
                return False
            refused((status, answer), "an old refresh token whose answer was lost")
            return True

        met = sum(each(settle, zip(families, outcomes)))
        if met:
            done(f"kill -9 amid {FAMILIES} rotations: {outcomes.count(LOST)} lost, {met} of them committed and ended by the "
                 f"old token, the rest one branch each (round {round_number + 1})")
            return server
    expect(False, f"in {ROUNDS} rounds no rotation died between its commit and its answer")


def while_rotating_refresh_tokens_with_grace(world, server):
    """RT-15, with grace: the old token brings the same successor, also across the end of the process, and only once."""
    for round_number in range(ROUNDS):
        server, families, outcomes = killed_amid_refresh(world, server, world.graceful)

        def settle(old, outcome):
            status, first = world.refresh(server, old, world.graceful)
            expect(status == 200, f"the first use after a lost answer gave {status}: {json.dumps(first)}")
            successor = first["refresh_token"]
            if outcome is not LOST:
                expect(successor == outcome[1]["refresh_token"], "grace brought another successor than before the end")
            status, second = world.refresh(server, old, world.graceful)
            if status == 200:
                expect(outcome is LOST, "grace was given twice")
                expect(second["refresh_token"] == successor, "grace brought a second branch")
                status, answer = world.refresh(server, successor, world.graceful)
                expect(status == 200, f"the only branch gave {status}: {json.dumps(answer)}")
                return False
            # The lost answer was the rotation, the first use its grace; this was one too many, so the family ended.
            refused((status, second), "an old refresh token beyond its grace")
            refused(world.refresh(server, successor, world.graceful), "a refresh token of a family that ended")
            return outcome is LOST

        met = sum(each(settle, zip(families, outcomes)))
        if met:
            done(f"kill -9 amid {FAMILIES} rotations with grace: {outcomes.count(LOST)} lost, {met} of them committed; the "
                 f"same successor once, then nothing (round {round_number + 1})")
            return server
    expect(False, f"in {ROUNDS} rounds no rotation with grace died between its commit and its answer")


def killed_amid_refresh(world, server, client):
    """Refresh tokens all used at once: the new process, the tokens, and what became of them."""
    codes = world.codes(server, FAMILIES, client)
    families = each(lambda code: world.redeem(server, code, client)[1]["refresh_token"], ((code,) for code in codes))
    outcomes = killed_amid(server, [functools.partial(world.refresh, server, token, client) for token in families])
    for outcome in outcomes:
        expect(outcome is LOST or outcome[0] == 200, f"a valid refresh token was answered {outcome}")
    return server.deployment.start(server.port), families, outcomes


def while_rotating_keys(world, server):
    """MD-08: `grantor keys rotate --now` killed at every stage, the server beside it now and then: one active key, always."""
    deployment, rotate = server.deployment, ["rotate", "--now", "--alg", "ES256"]
    began = time.monotonic()
    expect(deployment.keys(world.environment, *rotate).wait() == 0, "the keys could not be rotated")
    whole = time.monotonic() - began
    before, outcomes = len(listed(deployment, world)), set()
    for number in range(ROTATIONS):
        process = deployment.keys(world.environment, *rotate)
        try:
            # The last one may finish, however slow the machine has become.
            process.wait(whole * number / ROTATIONS if number + 1 < ROTATIONS else None)
        except subprocess.TimeoutExpired:
            if number % 4 == 3:
                server.kill()
            process.kill()
            process.wait()
        keys = listed(deployment, world)
        active = [kid for kid, status in keys if status == "active"]
        expect(len(active) == 1 and all(status in ("active", "retired") for _, status in keys), f"after an end: {keys}")
        expect(len(keys) in (before, before + 1), f"a rotation made more than one key: {keys}")
        outcomes.add(len(keys) - before)
        before = len(keys)
        if server.process.poll() is not None:
            server = deployment.start(server.port)
        seen(lambda: signed_by(world, server) == active[0], "the active key")
        _, _, published = server.ask("GET", f"/{world.environment}/as/jwks")
        expect({kid for kid, _ in keys} == {key["kid"] for key in published["keys"]}, "a key is not published")
    expect(outcomes == {0, 1}, f"{ROTATIONS} ends were all on one side of the commit")
    done(f"{ROTATIONS} rotations of the signing key killed at every stage: one active key each time, published and used")
    return server


def listed(deployment, world):
    """Every key of the environment: id and status."""
    process = deployment.keys(world.environment, "list")
    text, _ = process.communicate()
    expect(process.returncode == 0, "the keys could not be listed")
    rows = [line.split() for line in text.splitlines()]
    return [(row[0], row[-1]) for row in rows]


def signed_by(world, server):
    status, answer = world.redeem(server, world.codes(server, 1)[0])
    expect(status == 200, f"a code gave {status} beside a rotation: {json.dumps(answer)}")
    return part(answer["access_token"], 0)["kid"]


def killed_amid(server, calls):
    """All calls at once; the server is killed when a fifth of them was answered. The outcomes, LOST where none came."""
    enough, answered = threading.Event(), []

    def outcome_of(call):
        try:
            outcome = call()
        except (OSError, http.client.HTTPException):
            return LOST
        answered.append(outcome)
        if len(answered) * 5 >= len(calls):
            enough.set()
        return outcome

    def kill():
        expect(enough.wait(60), "the load did not get under way")
        server.kill()
        return LOST

    return at_once([functools.partial(outcome_of, call) for call in calls] + [kill])[:-1]


def each(function, arguments):
    """The function for every tuple of arguments, a few at a time."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda one: function(*one), arguments))


def claims(token):
    return part(token, 1)


def part(token, index):
    text = token.split(".")[index]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
