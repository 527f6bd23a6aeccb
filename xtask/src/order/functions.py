"""Which functions a program runs until it is ready, and which more until it has given a first token.

`functions.py PROGRAM` starts `PROGRAM dev` under this process, with a breakpoint on every function that the file names, and prints each that
was reached, once: `start SIZE NAME` or `first SIZE NAME`. Linux on x86-64 only.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

TRACEME, CONT, GETREGS, SETREGS, SETOPTIONS = 0, 7, 12, 13, 0x4200
FOLLOW_THREADS, END_WITH_TRACER = 0x8, 0x100000
EVERY_THREAD = 0x40000000
BREAKPOINT = b"\xcc"
SECONDS = 60
TOKEN = (
    b"grant_type=client_credentials&client_id=service-client-jwt"
    b"&client_secret=service-client-jwt-secret&scope=country.read"
)


class Registers(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_ulonglong)
        for name in (
            "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss"
            " fs_base gs_base ds es fs gs"
        ).split()
    ]


def functions(program):
    """Addresses in the file, each with the size and the names of the function there."""
    found = {}
    for line in subprocess.check_output(["nm", "-S", program], text=True).splitlines():
        words = line.split()
        # In what aws-lc writes by hand there are constants among the instructions.
        if len(words) == 4 and words[2] in "tTwW" and int(words[1], 16) > 0 and "aws_lc" not in words[3]:
            found.setdefault(int(words[0], 16), []).append((int(words[1], 16), words[3]))
    return found


def trace(request, process, value=None):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.restype = ctypes.c_long
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    if libc.ptrace(request, process, None, value) == -1 and request != CONT:
        raise OSError(ctypes.get_errno(), f"ptrace {request}")


def started(words):
    """The program, held before its first instruction."""
    process = os.fork()
    if process == 0:
        trace(TRACEME, 0)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execv(words[0], words)
    os.waitpid(process, 0)
    trace(SETOPTIONS, process, FOLLOW_THREADS | END_WITH_TRACER)
    return process


def place(process):
    """Where the file was put: at 0 unless it may be put anywhere."""
    with open(f"/proc/{process}/maps") as maps:
        first = int(maps.readline().split("-")[0], 16)
    return first if first > 1 << 40 else 0


def ask(port, path, body=None):
    headers = {"Host": f"localhost:{port}"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        return answer.read()


def drive(port, phase):
    """Waits until the program is ready, then asks what a newcomer asks; ends the phases by name."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            ask(port, "/readyz")
            break
        except OSError:
            time.sleep(0.2)
    # What it does by itself once it serves belongs to the start.
    time.sleep(2)
    phase.append("first")
    ask(port, "/ms-auth-server/.well-known/openid-configuration")
    assert b"access_token" in ask(port, "/ms-auth-server/oauth2/token", TOKEN)
    phase.append("end")


def follow(process, at, phase):
    """Reports every function the first time it is reached, until the phases are over."""
    memory = os.open(f"/proc/{process}/mem", os.O_RDWR)
    kept = {address: os.pread(memory, 1, address) for address in at}
    for address in at:
        os.pwrite(memory, BREAKPOINT, address)
    trace(CONT, process)
    reached, registers = set(), Registers()
    deadline = time.monotonic() + SECONDS
    while phase[-1] != "end" and time.monotonic() < deadline:
        thread, status = os.waitpid(-1, EVERY_THREAD | os.WNOHANG)
        if thread == 0:
            time.sleep(0.0002)
            continue
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            if thread == process:
                raise SystemExit("the program ended")
            continue
        passed_on = os.WSTOPSIG(status)
        if passed_on == signal.SIGTRAP and status >> 16 == 0:
            passed_on = 0
            trace(GETREGS, thread, ctypes.addressof(registers))
            address = registers.rip - 1
            if address in kept:
                # Another thread may have been here before the instruction was put back.
                if address not in reached:
                    reached.add(address)
                    os.pwrite(memory, kept[address], address)
                    yield phase[-1], address
                registers.rip = address
                trace(SETREGS, thread, ctypes.addressof(registers))
        elif passed_on in (signal.SIGTRAP, signal.SIGSTOP):
            # A new thread.
            passed_on = 0
        trace(CONT, thread, passed_on)
    if phase[-1] != "end":
        raise SystemExit("no token in time")


def main():
    program = os.path.abspath(sys.argv[1])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    named = functions(program)
    process = started([program, "dev", "--listen", f"127.0.0.1:{port}"])
    try:
        base, phase = place(process), ["start"]
        threading.Thread(target=drive, args=(port, phase), daemon=True).start()
        for when, address in follow(process, [base + address for address in named], phase):
            for size, name in named[address - base]:
                print(when, size, name)
    finally:
        os.kill(process, signal.SIGKILL)


main()
