"""CA-38: whether the time of a refusal tells an unknown client from a known one with a wrong secret.

Usage: timing.py GRANTOR DATABASE_URL     a release build, on a machine that does nothing else

Both are asked for in turn, in random order, by one connection that waits for each answer. Every source is given up before its
failures are limited. Beside the two stands a control, a second unknown client: how far it is from the first is the noise.
"""

import math
import os
import random
import secrets
import socket
import statistics
import sys
import tempfile
import time
import urllib.parse
import uuid

from outcome import done, expect
from server import Deployment
from world import World

SAMPLES = 5000
#: Of each kind from one source, below the burst of failures after which it would be slowed down.
FROM_ONE_SOURCE = 50
#: At the beginning of each connection, not counted.
WARMING = 5
#: RFC 6749 §10.10 leaves no number; this is the one of the catalogue.
LEAST_P = 0.01
KINDS = ("unknown", "unknown again", "wrong secret")


def main():
    binary, database = sys.argv[1:]
    if len(os.sched_getaffinity(0)) > 1:
        # Children keep the first core; this process moves to the second.
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, cores[:1])
    with tempfile.TemporaryDirectory() as folder:
        deployment = Deployment(binary, folder, database)
        try:
            server = deployment.start()
            if len(os.sched_getaffinity(server.process.pid)) == 1 and os.cpu_count() > 1:
                os.sched_setaffinity(0, cores[1:2])
            world = World(server)
            compare(sampled(server, world))
        finally:
            deployment.stop()


def sampled(server, world):
    """Microseconds of each answer, by kind. Status, headers and body are the same throughout."""
    wrong = secrets.token_urlsafe(48)
    credentials = {
        "unknown": (str(uuid.uuid4()), wrong), "unknown again": (str(uuid.uuid4()), wrong), "wrong secret": (world.client, wrong),
    }
    requests = {kind: request(server, world, *pair) for kind, pair in credentials.items()}
    times, shapes = {kind: [] for kind in KINDS}, set()
    for number in range(SAMPLES // FROM_ONE_SOURCE):
        source = f"127.0.{1 + number // 250}.{1 + number % 250}"
        with socket.create_connection(("127.0.0.1", server.port), 10, (source, 0)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for turn in range(WARMING + FROM_ONE_SOURCE):
                for kind in random.sample(KINDS, len(KINDS)):
                    began = time.perf_counter_ns()
                    connection.sendall(requests[kind])
                    answer = whole_answer(connection)
                    if turn >= WARMING:
                        times[kind].append((time.perf_counter_ns() - began) / 1000)
                    shapes.add(shape(answer))
    expect(len(shapes) == 1 and b"401" in next(iter(shapes))[0], f"the answers differ: {shapes}")
    done(f"{sum(map(len, times.values()))} refusals with the same status, headers and body")
    return times


def request(server, world, client_id, secret):
    body = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret})
    host = urllib.parse.urlsplit(server.deployment.public_url).netloc
    head = (
        f"POST /{world.environment}/as/token HTTP/1.1\r\nHost: {host}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


def whole_answer(connection):
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, body = answer.split(b"\r\n\r\n", 1)
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    while len(body) < length:
        body += connection.recv(65536)
    return head, body


def shape(answer):
    """The answer without the number of the request and the time of day."""
    head, body = answer
    lines = head.split(b"\r\n")
    number = next(line.split(b": ")[1] for line in lines if line.lower().startswith(b"correlation-id:"))
    kept = tuple(line for line in lines if not line.lower().startswith((b"correlation-id:", b"date:")))
    return *kept, body.replace(number, b"")


def compare(times):
    """Welch's t-test on what is below the common 95th percentile, the ranks of everything, and the medians."""
    bound = statistics.quantiles([one for kind in times.values() for one in kind], n=20)[-1]
    for kind in KINDS:
        quartiles = " ".join(f"{value:.1f}" for value in statistics.quantiles(times[kind], n=4))
        print(f"   {kind}: {len(times[kind])} samples, quartiles {quartiles} µs")
    for left, right in (("unknown", "unknown again"), ("unknown", "wrong secret"), ("unknown again", "wrong secret")):
        a, b = times[left], times[right]
        t, p = welch([one for one in a if one < bound], [one for one in b if one < bound])
        apart = statistics.median(b) - statistics.median(a)
        low, high = interval_of_medians(a, b)
        print(f"   {left} / {right}: medians {apart:+.2f} µs apart (99 % interval {low:+.2f} to {high:+.2f}), "
              f"t {t:+.2f}, p {p:.3f}, ranks p {ranks(a, b):.3f}")
        if right == "wrong secret":
            expect(p > LEAST_P, f"{left} and {right} are told apart by their time: p {p:.5f}")
    done(f"neither unknown client is told from a wrong secret by the time: p > {LEAST_P}")


def welch(a, b):
    variance = statistics.variance(a) / len(a) + statistics.variance(b) / len(b)
    t = (statistics.fmean(b) - statistics.fmean(a)) / math.sqrt(variance)
    return t, two_sided(t)


def ranks(a, b):
    """Mann and Whitney's test, without a correction for ties: nanoseconds hardly tie."""
    order = sorted([(one, 0) for one in a] + [(one, 1) for one in b])
    total = sum(rank for rank, (_, group) in enumerate(order, 1) if group)
    mean = len(b) * (len(a) + len(b) + 1) / 2
    deviation = math.sqrt(len(a) * len(b) * (len(a) + len(b) + 1) / 12)
    return two_sided((total - mean) / deviation)


def two_sided(z):
    """With thousands of samples the t distribution is the normal one."""
    return math.erfc(abs(z) / math.sqrt(2))


def interval_of_medians(a, b):
    """Bootstrapped, from a fixed seed."""
    chance = random.Random(38)
    apart = sorted(statistics.median(chance.choices(b, k=len(b))) - statistics.median(chance.choices(a, k=len(a)))
                   for _ in range(1000))
    return apart[4], apart[-5]


if __name__ == "__main__":
    main()
