"""`kill -9` again and again under a steady load: what was acknowledged is there afterwards, and nothing is there twice.

Usage: crash.py GRANTOR DATABASE_URL ROUNDS [SEED]     DATABASE_URL is `sqlite:PATH` or the address of an empty PostgreSQL database

Each round starts the server, loads it with codes, refresh tokens, revocations and users, kills it at a random moment, starts it
again and looks for everything that was answered. Of a request without an answer both outcomes are right, but only one of them:
what a client may do then must lead to the same state.
"""

import collections
import concurrent.futures
import http.client
import itertools
import json
import random
import sys
import tempfile
import threading
import time
import urllib.parse

from outcome import done, expect, refused
from server import Deployment, Server
from world import World, worker_token

#: Threads that exchange codes and refresh tokens, and threads that write users.
EXCHANGING, WRITING = 5, 3
#: Seconds of load before the end.
SHORTEST, LONGEST = 0.02, 0.6
#: One round in so many dies while it starts.
STILLBORN = 12
#: Rounds after which the worker's token and the person's session are made anew, and every user is counted.
RENEWED = 40
#: Lines of refresh tokens that are kept over many rounds.
OLD_LINES = 40


def main():
    binary, database, rounds, *seed = sys.argv[1:]
    seed = int(seed[0]) if seed else random.SystemRandom().getrandbits(32)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        deployment = Deployment(binary, folder, database)
        try:
            Crash(deployment, random.Random(seed)).run(int(rounds))
        finally:
            deployment.stop()


class Round:
    """What one round's threads did: acknowledged, or asked for without an answer."""

    def __init__(self):
        self.lines, self.revoked, self.perhaps_revoked, self.perhaps_redeemed = [], [], [], []
        self.users, self.deleted, self.perhaps_made, self.perhaps_deleted = {}, [], [], {}


class Line:
    """What one code gave: its tokens of the moment, and whether the last rotation was answered."""

    def __init__(self, code, answer):
        self.code, self.lost = code, False
        self.take(answer)

    def take(self, answer):
        self.access, self.refresh = answer["access_token"], answer["refresh_token"]


class Crash:
    def __init__(self, deployment, choice):
        self.deployment, self.choice = deployment, choice
        self.server = deployment.start()
        self.world = World(self.server)
        self.session, _ = self.world._sign_on(self.server)
        self.old_lines, self.users, self.tokens = [], 0, set()
        self.counts = collections.Counter()
        self.users = self.count_users()

    def run(self, rounds):
        began = time.monotonic()
        for number in range(1, rounds + 1):
            self.round(number)
            if number % RENEWED == 0:
                self.world.token = worker_token(self.server)
                self.session, _ = self.world._sign_on(self.server)
                self.every_user()
                print(f"{number} rounds, {time.monotonic() - began:.0f} s: {self.told()}", flush=True)
        self.every_user()
        for line in self.old_lines:
            self.is_alive(line)
        done(f"{rounds} times kill -9 under load in {time.monotonic() - began:.0f} s: {self.told()}; 0 lost, 0 doubled")

    def told(self):
        return ", ".join(f"{count} {what}" for what, count in self.counts.items())

    def round(self, number):
        book, stop = Round(), threading.Event()
        seeds = [self.choice.getrandbits(32) for _ in range(EXCHANGING + WRITING)]
        delay = self.choice.uniform(SHORTEST, LONGEST)
        server = self.server
        with concurrent.futures.ThreadPoolExecutor(EXCHANGING + WRITING) as pool:
            running = [
                pool.submit(self.load, self.exchange if index < EXCHANGING else self.write, book, stop, f"{number}-{index}", seed)
                for index, seed in enumerate(seeds)
            ]
            time.sleep(delay)
            server.kill()
            stop.set()
            for future in running:
                future.result()
        server.log.close()
        if self.choice.randrange(STILLBORN) == 0:
            unborn = Server(self.deployment, server.port, wait=False)
            time.sleep(self.choice.uniform(0, 0.2))
            unborn.kill()
            unborn.log.close()
            self.counts["killed while starting"] += 1
        self.deployment.servers.clear()
        self.server = self.deployment.start(server.port)
        self.settle(book)

    def load(self, work, book, stop, name, seed):
        choice = random.Random(seed)
        for number in itertools.count():
            if stop.is_set():
                return
            try:
                work(book, f"{name}-{number}", choice)
            except (OSError, http.client.HTTPException):
                return

    def exchange(self, book, name, choice):
        world, server, client = self.world, self.server, self.world.graceful
        code = world._silent_code(server, self.session, client[0], name)
        book.perhaps_redeemed.append(code)
        status, answer = world.redeem(server, code, client)
        expect(status == 200, f"a fresh code gave {status}: {json.dumps(answer)}")
        book.perhaps_redeemed.remove(code)
        line = Line(code, answer)
        book.lines.append(line)
        for _ in range(choice.randrange(3)):
            line.lost = True
            status, answer = world.refresh(server, line.refresh, client)
            expect(status == 200, f"a fresh refresh token gave {status}: {json.dumps(answer)}")
            line.take(answer)
            line.lost = False
            self.counts["refresh tokens rotated"] += 1
        if choice.randrange(4) == 0:
            book.lines.remove(line)
            book.perhaps_revoked.append(line)
            status, _ = self.revoke(line.refresh)
            expect(status == 200, f"a revocation gave {status}")
            book.perhaps_revoked.remove(line)
            book.revoked.append(line)

    def write(self, book, name, choice):
        world, server = self.world, self.server
        username = f"u-{name}"
        book.perhaps_made.append(username)
        body = {"username": username, "email": f"{username}@example.com", "population": {"id": world.population}}
        made = world.make(server, f"{world.base}/users", body)
        book.perhaps_made.remove(username)
        book.users[made["id"]] = {username}
        if choice.randrange(2) == 0:
            renamed = f"{username}-renamed"
            book.users[made["id"]] = {username, renamed}
            world.send(server, "PATCH", f"{world.base}/users/{made['id']}", {"username": renamed}, "application/json", 200)
            book.users[made["id"]] = {renamed}
            self.counts["users renamed"] += 1
        if choice.randrange(3) == 0:
            book.perhaps_deleted[made["id"]] = book.users.pop(made["id"])
            world.send(server, "DELETE", f"{world.base}/users/{made['id']}", None, None, 204)
            del book.perhaps_deleted[made["id"]]
            book.deleted.append(made["id"])

    def settle(self, book):
        """Everything that this round acknowledged, and whatever it did without telling."""
        for line in book.lines:
            self.is_alive(line)
        for line in book.revoked:
            refused(self.world.refresh(self.server, line.refresh, self.world.graceful), "an acknowledged revocation: its token")
            expect(not self.world.active(self.server, line.access, self.world.graceful), "a revoked family's access token is active")
        for line in book.perhaps_revoked:
            active = self.world.active(self.server, line.access, self.world.graceful)
            status, _ = self.world.refresh(self.server, line.refresh, self.world.graceful)
            expect((status == 200) == active, f"half of a revocation: access token active {active}, refresh token {status}")
        for code in book.perhaps_redeemed:
            status, answer = self.world.redeem(self.server, code, self.world.graceful)
            if status == 200:
                self.are_new(Line(code, answer))
                status, answer = self.world.redeem(self.server, code, self.world.graceful)
            refused((status, answer), "a code whose answer was lost, tried to its end")
        self.settle_users(book)
        self.replay(book.lines)
        self.counts["codes redeemed"] += len(book.lines) + len(book.revoked)
        self.counts["families revoked"] += len(book.revoked)
        self.counts["users created"] += len(book.users) + len(book.deleted)
        self.counts["users deleted"] += len(book.deleted)
        lost = [line for line in book.lines if line.lost] + book.perhaps_revoked + book.perhaps_redeemed + book.perhaps_made
        self.counts["answers lost"] += len(lost) + len(book.perhaps_deleted)

    def is_alive(self, line):
        """An acknowledged access token is active. The refresh token works; where its answer was lost the old one brings what it
        brought, or is used for the first time."""
        world, server = self.world, self.server
        expect(world.active(server, line.access, world.graceful), "an acknowledged access token is lost")
        status, answer = world.refresh(server, line.refresh, world.graceful)
        expect(status == 200, f"an acknowledged refresh token gave {status}: {json.dumps(answer)} (answer lost: {line.lost})")
        line.take(answer)
        line.lost = False
        self.are_new(line)

    def are_new(self, line):
        for token in (line.access, line.refresh):
            expect(token not in self.tokens, "one token was given twice")
            self.tokens.add(token)

    def replay(self, lines):
        """RFC 6749 §4.1.2: a code that was used before the end stays used, and ends what it gave."""
        self.choice.shuffle(lines)
        kept = OLD_LINES - len(self.old_lines)
        used, rest = lines[: len(lines) // 2], lines[len(lines) // 2 :]
        for line in used:
            refused(self.world.redeem(self.server, line.code, self.world.graceful), "a code used before the end")
            expect(not self.world.active(self.server, line.access, self.world.graceful), "a code used again did not revoke what it had given")
        self.old_lines.extend(rest[:kept])
        if self.old_lines:
            line = self.choice.choice(self.old_lines)
            self.is_alive(line)

    def settle_users(self, book):
        for user, names in book.users.items():
            found = self.world.read(self.server, f"{self.world.base}/users/{user}")
            expect(found["username"] in names, f"an acknowledged user is called {found['username']} and not {names}")
        for user in book.deleted:
            expect(not self.is_there(user), "a user whose deletion was acknowledged")
        made = 0
        for name in book.perhaps_made:
            number = self.count_users(f'username eq "{name}"')
            expect(number <= 1, f"{number} users of one name")
            made += number
        still = sum(self.is_there(user) for user in book.perhaps_deleted)
        self.users += len(book.users) + made + still
        number = self.count_users()
        expect(number == self.users, f"{number} users are counted where {self.users} are")

    def is_there(self, user):
        status, _, _ = self.server.ask("GET", f"{self.world.base}/users/{user}", headers=self.authorization())
        expect(status in (200, 404), f"a user gave {status}")
        return status == 200

    def count_users(self, matching=None):
        query = {"limit": 1, **({"filter": matching} if matching else {})}
        return self.world.read(self.server, f"{self.world.base}/users?{urllib.parse.urlencode(query)}")["count"]

    def every_user(self):
        """The count that is kept is that of the rows, and no name is there twice."""
        path, names = f"{self.world.base}/users?limit=1000", []
        while path:
            page = self.world.read(self.server, path)
            names += [user["username"] for user in page["_embedded"]["users"]]
            following = page["_links"].get("next")
            parts = urllib.parse.urlsplit(following["href"]) if following else None
            path = f"{parts.path}?{parts.query}" if parts else None
        expect(len(names) == len(set(names)) == self.users, f"{len(names)} users in the list where {self.users} are")

    def revoke(self, token):
        client, secret = self.world.graceful
        fields = {"token": token, "client_id": client, "client_secret": secret}
        return self.server.form(f"/{self.world.environment}/as/revoke", fields)

    def authorization(self):
        return {"Authorization": f"Bearer {self.world.token}"}


if __name__ == "__main__":
    main()
