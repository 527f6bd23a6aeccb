"""One round: the generator against one server, with what the kernel says about both and about everybody else."""

import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

CONNECTIONS = 16
UNDER_SIGN_ONS = "client_credentials under sign-ons"
GENERATOR_CORE = {1}
TICKS = os.sysconf("SC_CLK_TCK")


class Rounds:
    """The rounds of one workload over several servers, in turn, so that a noisy minute meets all of them."""

    def __init__(self, generator, folder, seconds, codes):
        self.generator = generator
        self.bodies = pathlib.Path(folder) / "bodies"
        self.seconds = seconds
        self.codes = codes
        self.measured = {}

    def client_credentials(self, subject, workload="client_credentials"):
        self._measure(workload, subject, "repeat", [subject.client_credentials()])

    def under_sign_ons(self, subject):
        """Tokens while sixteen people sign on with the right password, again and again."""
        over, done = threading.Event(), []

        def sign_on_again():
            os.sched_setaffinity(0, GENERATOR_CORE)
            while not over.is_set():
                done.append(subject.signs_on())

        people = [threading.Thread(target=sign_on_again) for _ in range(CONNECTIONS)]
        for one in people:
            one.start()
        time.sleep(0.5)
        began, before = time.monotonic(), len(done)
        try:
            self.client_credentials(subject, UNDER_SIGN_ONS)
            rate = sum(done[before:]) / (time.monotonic() - began)
        finally:
            over.set()
            for one in people:
                one.join()
        self.measured[UNDER_SIGN_ONS, subject.name][-1]["sign-ons"] = rate

    def flooded(self, subject):
        """The medians of tokens under sign-ons beside those of the rounds without."""
        def median(workload, name):
            return statistics.median(one[name] for one in self.measured[workload, subject])

        p99, quiet = median(UNDER_SIGN_ONS, "p99"), median("client_credentials", "p99")
        return {"server": subject, "sign-ons/s": median(UNDER_SIGN_ONS, "sign-ons"),
                "rps": median(UNDER_SIGN_ONS, "rps"), "p99 ms": p99, "p99 without": quiet, "p99 ratio": p99 / quiet,
                "RSS MB": max(one["rss"] for one in self.measured[UNDER_SIGN_ONS, subject])}

    def authorization_code(self, subject):
        self._measure("authorization_code", subject, "once", subject.codes(self.codes))

    def refresh_token(self, subject):
        first = [subject.refreshing(redeemed(subject, code)) for code in subject.codes(CONNECTIONS)]
        self._measure("refresh_token", subject, "walk", first)

    def _measure(self, workload, subject, mode, bodies):
        self.run(workload, subject, mode, "\n".join(bodies), subject.path)

    def run(self, workload, subject, mode, bodies, path, *flags):
        """One round of the generator over these bodies, one a line; what it and the kernel measured."""
        self.bodies.write_text(bodies)
        before = kernel(subject.process.pid)
        done = subprocess.run(
            [self.generator, mode, "--to", f"localhost:{subject.port}", "--path", path, "--bodies",
             str(self.bodies), "--connections", str(CONNECTIONS), "--seconds", str(self.seconds), *flags],
            stdout=subprocess.PIPE, preexec_fn=lambda: os.sched_setaffinity(0, GENERATOR_CORE))
        after = kernel(subject.process.pid)
        if done.returncode != 0:
            sys.exit(f"{workload} on {subject.name}: the generator ended with {done.returncode}")
        result = json.loads(done.stdout)
        if result["refused"] or not result["count"]:
            sys.exit(f"{workload} on {subject.name}: {result['refused']} refused, {result['count']} answered")
        spent = {name: after[name] - before[name] for name in before}
        result["cpu"] = spent["server"] / result["count"] * 1e3
        result["steal"] = spent["steal"] / max(spent["all"], 1e-9)
        others = max(0.0, spent["busy"] - spent["server"] - spent["generator"])
        result["elsewhere"] = others / max(spent["all"], 1e-9)
        result["rss"] = resident(subject.process.pid)
        self.measured.setdefault((workload, subject.name), []).append(result)
        return result

    def median(self, workload, subject, name):
        return statistics.median(one[name] for one in self.measured[workload, subject])

    def compare(self, workload, ideal, subject):
        """The medians of the rounds' own ratios: each round is compared with its neighbour in time."""
        ours, theirs = self.measured[workload, subject], self.measured[workload, ideal]

        def median(rounds, name):
            return statistics.median(one[name] for one in rounds)

        def ratio(name):
            return statistics.median(a[name] / b[name] if b[name] else 0 for a, b in zip(ours, theirs))

        return {
            "workload": workload, "ideal": ideal, "server": subject, "ideal rps": median(theirs, "rps"),
            "rps": median(ours, "rps"), "ratio": ratio("rps"), "p50 ms": median(ours, "p50"),
            "p99 ms": median(ours, "p99"), "p99 ratio": ratio("p99"), "CPU ratio": ratio("cpu"),
            "RSS MB": max(one["rss"] for one in ours), "steal": max(one["steal"] for one in ours + theirs),
            "elsewhere": max(one["elsewhere"] for one in ours + theirs),
        }


def redeemed(subject, code):
    request = urllib.request.Request(f"http://localhost:{subject.port}{subject.path}", data=code.encode())
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)["refresh_token"]


def kernel(pid):
    """CPU seconds so far: of the server, of ended generators, of the machine, and those the host took away."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    machine = [int(ticks) / TICKS for ticks in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    user, nice, system, _idle, _wait, interrupts, soft, steal = machine
    return {
        "server": (int(fields[11]) + int(fields[12])) / TICKS,
        "generator": children.ru_utime + children.ru_stime,
        "busy": user + nice + system + interrupts + soft,
        "steal": steal,
        "all": sum(machine),
    }


def resident(pid):
    """Proportional resident memory in MB."""
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0
