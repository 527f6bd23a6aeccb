"""What only running processes can show: one winner among a hundred, two processes on one database, `kill -9` under load.

Usage: walk.py GRANTOR DATABASE_URL     DATABASE_URL is `sqlite:PATH` or the address of an empty PostgreSQL database
"""

import concurrent.futures
import http.client
import itertools
import json
import sys
import tempfile
import threading
import time

import killed
from outcome import SEEN_WITHIN, at_once, done, expect, refused, seen
from server import Deployment, free_port
from world import World

PARALLEL = 100
#: How long the load runs before the process is killed.
LOAD_SECONDS = 2.0


def main():
    binary, database = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        deployment = Deployment(binary, folder, database)
        try:
            walk(deployment, database.startswith("postgres"))
        finally:
            deployment.stop()


def walk(deployment, several):
    first, second = deployment.start(), None
    world = World(first)
    done("the seed workflow's setup through the management API")
    one_code_one_winner(world, first)
    one_refresh_token_one_winner(world, first)
    if several:
        second = deployment.start(free_port())
        two_processes(world, first, second)
    first = killed_under_load(world, first)
    killed.walk(world, first, second)


def one_code_one_winner(world, server):
    """RFC 6749 §4.1.2: a code is used once; every other use revokes what it gave."""
    code = world.code(server)
    answers = at_once([lambda: world.redeem(server, code)] * PARALLEL)
    winners = only_refusals_but_winners(answers)
    expect(len(winners) == 1, f"{len(winners)} of {PARALLEL} redemptions of one code won")
    expect(not world.active(server, winners[0]["access_token"]), "the replayed code's access token is still active")
    refused(world.refresh(server, winners[0]["refresh_token"]), "the replayed code's refresh token")
    done(f"{PARALLEL} parallel redemptions of one code: one winner, and the family revoked")


def one_refresh_token_one_winner(world, server):
    """RFC 9700 §4.14.2: a rotated refresh token that is used again ends its family."""
    _, tokens = world.redeem(server, world.code(server))
    answers = at_once([lambda: world.refresh(server, tokens["refresh_token"])] * PARALLEL)
    winners = only_refusals_but_winners(answers)
    expect(len(winners) == 1, f"{len(winners)} of {PARALLEL} uses of one refresh token won")
    refused(world.refresh(server, winners[0]["refresh_token"]), "after reuse the family still")
    done(f"{PARALLEL} parallel uses of one refresh token: one winner, and the family revoked")


def two_processes(world, first, second):
    """Nothing is kept in one process that the other would need."""
    code = world.code(first)
    status, tokens = world.redeem(second, code)
    expect(status == 200, f"a code of one process gave {status} at the other: {json.dumps(tokens)}")
    refused(world.redeem(first, code), "a replay at the first process")
    expect(not world.active(second, tokens["access_token"]), "the second process did not see the revocation")
    code = world.code(second)
    answers = at_once([lambda: world.redeem(first, code), lambda: world.redeem(second, code)] * (PARALLEL // 2))
    expect(len(only_refusals_but_winners(answers)) == 1, "a code won more or less than once over two processes")
    done("a code of one process at the other, replays caught at either")

    path = f"{world.base}/applications/{world.client}"
    world.send(first, "PUT", path, {**world.application, "enabled": False}, "application/json", 200)
    seen(lambda: world.redeem(second, "no-code")[0] == 401, "a disabled application")
    world.send(second, "PUT", path, world.application, "application/json", 200)
    seen(lambda: world.redeem(first, "no-code")[0] == 400, "an enabled application")
    old = world.secret
    world.secret = world.send(first, "POST", f"{path}/secret", {}, "application/json", 200)["secret"]
    seen(lambda: world.redeem(second, "no-code")[0] == 400, "a new secret")
    seen(lambda: world.redeem(second, "no-code", (world.client, old))[0] == 401, "the end of the old secret")
    done(f"a changed application and a new secret are seen by both within {SEEN_WITHIN} s")


def killed_under_load(world, server):
    """`kill -9`: what was acknowledged holds afterwards, what was used stays used."""
    codes = [world.code(server) for _ in range(40)]
    acknowledged, stop = {}, threading.Event()

    def load(mine):
        try:
            for code in mine:
                status, acknowledged[code] = world.redeem(server, code)
                expect(status == 200, f"a fresh code gave {status}: {json.dumps(acknowledged[code])}")
            for code in itertools.cycle(mine):
                if stop.is_set():
                    return
                status, tokens = world.refresh(server, acknowledged[code]["refresh_token"])
                expect(status == 200, f"a fresh refresh token gave {status}: {json.dumps(tokens)}")
                acknowledged[code] = tokens
        except (OSError, http.client.HTTPException):
            return

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        running = [pool.submit(load, codes[index::8]) for index in range(8)]
        time.sleep(LOAD_SECONDS)
        server.kill()
        stop.set()
        for future in running:
            future.result()
    expect(len(acknowledged) >= 8, f"only {len(acknowledged)} codes were redeemed before the end")

    server = server.deployment.start(server.port)
    for tokens in acknowledged.values():
        expect(world.active(server, tokens["access_token"]), "an acknowledged access token is lost")
    for code in acknowledged:
        refused(world.redeem(server, code), "a code used before the end")
    done(f"kill -9 under load: {len(acknowledged)} grants kept, none given twice")
    return server


def only_refusals_but_winners(answers):
    for status, answer in answers:
        turned_away = status == 400 and answer["error"] == "invalid_grant"
        expect(status == 200 or turned_away, f"a parallel use answered {status}: {json.dumps(answer)}")
    return [answer for status, answer in answers if status == 200]


if __name__ == "__main__":
    main()
