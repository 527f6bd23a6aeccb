"""An older build and a newer one on one PostgreSQL database, under load: before, while and after the tables change.

Nothing that the newer one writes makes the older one answer 500, what one changes the other follows, and nothing that was
acknowledged is lost.

Usage: upgrade.py OLDER NEWER DATABASE_URL [PSQL]     the database is empty; PSQL adds a migration that neither build knows
"""

import contextlib
import subprocess
import sys
import tempfile
import time

from outcome import done, expect, seen
from server import Deployment, free_port
from traffic import Away, Traffic
from world import World

#: So often each kind of request must go through in each phase.
ROUNDS = 6


def main():
    older, newer, database, *psql = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        deployment = Deployment(older, folder, database)
        try:
            walk(deployment, older, newer, psql)
        finally:
            deployment.stop()


def walk(deployment, older, newer, psql):
    old = deployment.start()
    world = World(old)
    traffic = Traffic(world, [old])
    traffic.start()
    time.sleep(1)
    phase(traffic, "the older build alone")

    traffic.calm = False
    migrate(deployment, newer)
    traffic.wait_for(1)
    traffic.calm = True
    phase(traffic, "the older build on the newer one's tables")

    new = deployment.start(free_port(), newer)
    traffic.servers = [old, new]
    phase(traffic, "both at once, each step at the other")
    follow(world, old, new)

    expect(status(deployment, older, "--check") == 0, "the older build does not serve on the newer one's tables")
    again = deployment.start(free_port(), older)
    traffic.servers = [old, new, again]
    phase(traffic, "the older build started anew beside the newer one")

    if psql:
        traffic.calm = False
        later_migration(deployment.database, psql[0])
        traffic.wait_for(1)
        traffic.calm = True
        phase(traffic, "both on tables of a release after them")
        follow(world, again, new)

    traffic.servers = [new]
    time.sleep(1)
    old.stop()
    again.stop()
    phase(traffic, "the newer build alone")
    traffic.stop()
    traffic.servers = [new, deployment.start(free_port(), newer), deployment.start(free_port(), older)]
    # What it noted before it broke off, `settle` tells.
    with contextlib.suppress(Away):
        traffic.verify()
    settle(traffic)
    kept = f"{len(traffic.people)} people, {len(traffic.used)} rotations, {len(traffic.revoked)} revocations"
    done(f"nothing acknowledged was lost: {kept}; {traffic.turned_away} answers of 503 while tables changed")


def phase(traffic, name):
    traffic.wait_for(ROUNDS)
    settle(traffic)
    done(name)


def settle(traffic):
    expect(not traffic.faults, f"{dict(traffic.faults)}\n{traffic.samples}")


def migrate(deployment, newer):
    """`migrate` beside the older build, while it works."""
    expect(status(deployment, newer) == 0, "`migrate` of the newer build failed")
    expect(status(deployment, newer, "--check") == 0, "`migrate --check` of the newer build misses something")
    done("`migrate` under load")


def status(deployment, binary, *words):
    command = [binary, "migrate", *words, "--database", deployment.database]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
    if ended.returncode:
        print(ended.stdout + ended.stderr, flush=True)
    return ended.returncode


def follow(world, old, new):
    """What is configured at one counts at the other in time, in both directions."""
    path = f"{world.base}/applications/{world.graceful[0]}"
    client = world.graceful
    for here, there in [(old, new), (new, old)]:
        wanted = {**world.application, "name": "Graceful", "refreshTokenRollingGracePeriodDuration": 60}
        world.send(here, "PUT", path, {**wanted, "enabled": False}, "application/json", 200)
        seen(lambda: world.redeem(there, "no-code", client)[0] == 401, "a disabled application")
        world.send(here, "PUT", path, wanted, "application/json", 200)
        seen(lambda: world.redeem(there, "no-code", client)[0] == 400, "an enabled application")
    done("what one build configures, the other follows, both ways")


def later_migration(database, psql):
    """An additive migration: columns, an index and a table that no build knows, and its row in the books."""
    tables = query(psql, database, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'").split()
    steps = [f"ALTER TABLE {table} ADD COLUMN later_{kind.lower()} {kind} NOT NULL DEFAULT {value}"
             for table in tables for kind, value in [("TEXT", "'x'"), ("BIGINT", "7")] if table != "schema_migrations"]
    steps += ["CREATE TABLE later_things (id BYTEA PRIMARY KEY)", "CREATE INDEX later_users ON users (later_bigint)"]
    steps.append("INSERT INTO schema_migrations (version, name, checksum, done, applied_at) VALUES (9999, 'later', 'x', 1, 1)")
    for step in steps:
        query(psql, database, step)
    done(f"a later migration of {len(steps)} steps under load")


def query(psql, database, text):
    command = [psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", "SET lock_timeout = '20s'", "-c", text, database]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
    expect(ended.returncode == 0, f"{text}: {ended.stderr}")
    return ended.stdout


if __name__ == "__main__":
    main()
