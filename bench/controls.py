"""`run --dev`: what `grantor dev` costs: its start, its memory, a world, and what the controls do with one."""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import threading
import time

from rounds import GENERATOR_CORE, Rounds
from scale import Wire
from subjects import Pinned, free_port

#: What a developer's server waits with its keys for, and the seconds that they take.
KEYS = 12
WORLDS = 1000
CALLERS = 32
YEAR = 31_536_000


class Dev:
    """A developer's server on the server's core, from `exec` to its readiness."""

    name = "dev"

    def __init__(self, program, folder):
        self.port = free_port()
        began = time.perf_counter()
        with Pinned():
            self.process = subprocess.Popen([program, "dev", "--port", str(self.port), "--env-file", str(folder / "env")],
                                            stdout=subprocess.DEVNULL)
        self.wire = Wire(self.port, f"localhost:{self.port}")
        while True:
            try:
                if self.wire.ask("GET", "/readyz", "")[0] == 200:
                    break
            except ConnectionRefusedError:
                time.sleep(0.0005)
            if self.process.poll() is not None:
                sys.exit("the developer's server ended")
        self.started = (time.perf_counter() - began) * 1e3

    def call(self, method, path, body=None, expected=201, wire=None):
        """What is answered, and after how many milliseconds."""
        body = b"" if body is None else json.dumps(body).encode()
        status, answer, took = (wire or self.wire).ask(method, path, "", body)
        if status != expected:
            sys.exit(f"{method} {path}: {status} {answer.decode()}")
        return answer and json.loads(answer), took

    def memory(self):
        """MB that are resident: in all, of its own, and of the file of the program, which the kernel shares and may take back."""
        lines = pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(("VmRSS", "Rss"))}
        return {"resident MB": sizes["VmRSS"], "its own": sizes["RssAnon"], "of the file": sizes["RssFile"]}

    def stop(self):
        self.process.terminate()
        self.process.wait()


def run(program, generator, folder, table, quick):
    """Medians of the start, then one server for all the rest."""
    table([starts(program, folder, 5 if quick else 21)])
    dev = Dev(program, folder)
    os.sched_setaffinity(0, GENERATOR_CORE)
    try:
        memory = [{"after": "the start", **dev.memory()}]
        rows = [row("a world, before keys are ready", made(dev, 20)[1])]
        time.sleep(KEYS)
        memory.append({"after": "20 worlds, and keys made ahead", **dev.memory()})
        worlds, took = made(dev, 100 if quick else WORLDS - 20)
        rows.append(row("a world", took))
        memory.append({"after": f"{len(worlds) + 20} worlds", **dev.memory()})
        rows += world(dev, worlds, 50 if quick else 300)
        rows.append(parallel(dev, 200 if quick else WORLDS))
        table(rows)
        table(memory)
        table(minted(dev, generator, folder, worlds[0], 1 if quick else 3))
    finally:
        dev.stop()


def starts(program, folder, count):
    started = []
    for _ in range(count):
        dev = Dev(program, folder)
        dev.stop()
        started.append(dev.started)
    return row("the start, until it is ready", started)


def made(dev, count):
    answers = [dev.call("POST", "/dev/v1/worlds") for _ in range(count)]
    return [answer["id"] for answer, _ in answers], [took for _, took in answers]


def world(dev, worlds, count):
    """What the controls do with worlds as they were made, and with one in which somebody signed on."""
    at = f"/dev/v1/worlds/{worlds[0]}"
    snapshots = [dev.call("POST", f"{at}/snapshots") for _ in range(50)]
    restore = f"{at}/snapshots/{snapshots[0][0]['id']}/restore"
    clocks = [f"/dev/v1/worlds/{id}/clock" for id in worlds[1:51]]
    turns = [dev.call("PUT", clock, {"advance": YEAR}, 200)[1] for clock in clocks]
    again = [dev.call("PUT", clock, {"advance": YEAR}, 200)[1] for clock in clocks]
    hours = [dev.call("PUT", clock, {"advance": 3600}, 200)[1] for clock in clocks]
    return [
        row("snapshot", [took for _, took in snapshots]),
        row("restore", [dev.call("POST", restore, None, 204)[1] for _ in range(count)]),
        row("reset", [dev.call("POST", f"{at}/reset", None, 204)[1] for _ in range(count)]),
        row("reset of a world never asked", [dev.call("POST", f"/dev/v1/worlds/{id}/reset", None, 204)[1] for id in worlds]),
        row("restore after a change", changed(dev, at, restore, count)),
        row("a year, the first time", turns),
        row("a year, the second time", again),
        row("an hour", hours),
    ]


def changed(dev, at, restore, count):
    """With a token on record each time, and a snapshot that knows none."""
    took = []
    for _ in range(count):
        dev.call("POST", f"{at}/tokens", {"kind": "refresh"})
        took.append(dev.call("POST", restore, None, 204)[1])
    return took


def parallel(dev, count):
    """Worlds by many callers at once; the callers share a core, so that the time of each is the server's and its turn among them."""
    took, lock = [], threading.Lock()

    def caller():
        wire = Wire(dev.port, dev.wire.host)
        own = [dev.call("POST", "/dev/v1/worlds", wire=wire)[1] for _ in range(count // CALLERS)]
        with lock:
            took.extend(own)

    callers = [threading.Thread(target=caller) for _ in range(CALLERS)]
    began = time.perf_counter()
    for one in callers:
        one.start()
    for one in callers:
        one.join()
    seconds = time.perf_counter() - began
    return {**row(f"a world, {CALLERS} callers at once", took), "a second": len(took) / seconds}


def minted(dev, generator, folder, world, seconds):
    rounds, rows = Rounds(generator, folder, seconds, 0), []
    for algorithm in ("RS256", "ES256", "EdDSA"):
        body = json.dumps({"kind": "access", "algorithm": algorithm})
        path = f"/dev/v1/worlds/{world}/tokens"
        dev.call("POST", path, json.loads(body))
        result = rounds.run(f"mint, {algorithm}", dev, "repeat", body, path)
        rows.append({"minted": algorithm, "a second": result["rps"], "p50 ms": result["p50"], "p99 ms": result["p99"]})
    return rows


def row(what, took):
    took = sorted(took)
    at = lambda share: took[min(len(took) - 1, int(len(took) * share))]
    return {"what": what, "p50 ms": statistics.median(took), "p95 ms": at(0.95), "most": took[-1], "a second": 1e3 * len(took) / sum(took)}
