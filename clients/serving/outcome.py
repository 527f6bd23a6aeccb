"""What every walk here is made of: a step that is done, a claim that must hold, a change that must be seen, calls all at once."""

import concurrent.futures
import json
import sys
import threading
import time

#: A change made through one process is seen by every other within this time.
SEEN_WITHIN = 1.0


def done(step):
    print(f"ok {step}", flush=True)


def expect(holds, sentence):
    if not holds:
        sys.exit(sentence)


def refused(outcome, sentence):
    """The outcome is `400 invalid_grant`."""
    status, answer = outcome
    expect(status == 400 and answer["error"] == "invalid_grant", f"{sentence} gave {status}: {json.dumps(answer)}")


def seen(holds, what):
    deadline = time.monotonic() + SEEN_WITHIN
    while not holds():
        expect(time.monotonic() < deadline, f"{what} was not seen by the other process within {SEEN_WITHIN} s")
        time.sleep(0.02)


def at_once(calls):
    """Each call on a thread of its own, all released at the same moment: what they returned, in order."""
    gate = threading.Barrier(len(calls))

    def released(call):
        gate.wait()
        return call()

    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(released, calls))
