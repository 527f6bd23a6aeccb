"""Runs the steps of action.yml as they stand there, in the way that GitHub's runner documents: inputs by expressions, variables and outputs
by files. What a runner does besides (its images, `uses`, the end of a job) is not shown.

    run.py PROGRAM DIST      of a folder that `cargo xtask dist` made
"""

import json
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import yaml

ACTION = Path(__file__).resolve().parent.parent
PROGRAM, DIST = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
DESCRIBED = yaml.safe_load((ACTION / "action.yml").read_text())


class Failed(Exception):
    """A step that did not end with 0: what it said."""


class Job:
    """A job: its temporary folder, and what its steps left to those behind them."""

    all = []

    def __init__(self):
        self.all.append(self)
        self.temp = Path(tempfile.mkdtemp(prefix="grantor-action-"))
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.temp), "RUNNER_TEMP": str(self.temp)}
        self.said = ""

    def uses(self, **given):
        """The action with these inputs; gives its outputs."""
        unknown = set(given) - set(DESCRIBED["inputs"])
        assert not unknown, unknown
        inputs = {name: given.get(name, one.get("default", "")) for name, one in DESCRIBED["inputs"].items()}
        steps = {}
        for step in DESCRIBED["runs"]["steps"]:
            if holds(step.get("if", ""), inputs):
                steps[step.get("id")] = self.step(step, inputs)
        return {name: said(one["value"], inputs, steps) for name, one in DESCRIBED["outputs"].items()}

    def step(self, step, inputs):
        assert step["shell"] == "bash", step
        files = {name: self.temp / name for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH")}
        for file in files.values():
            file.write_text("")
        env = {**self.env, **{name: said(value, inputs, {}) for name, value in step.get("env", {}).items()}}
        env |= {name: str(file) for name, file in files.items()} | {"GITHUB_ACTION_PATH": str(ACTION)}
        script = self.temp / "step.sh"
        script.write_text(step["run"])
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script]
        log = self.temp / "step.log"
        with log.open("w") as out:
            ended = subprocess.run(command, env=env, cwd=self.temp, stdout=out, stderr=out, stdin=subprocess.DEVNULL, timeout=60)
        self.said += log.read_text()
        if ended.returncode:
            raise Failed(log.read_text())
        self.env |= pairs(files["GITHUB_ENV"])
        for line in files["GITHUB_PATH"].read_text().splitlines():
            self.env["PATH"] = line + os.pathsep + self.env["PATH"]
        return pairs(files["GITHUB_OUTPUT"])

    def end(self):
        for pid in self.temp.glob("grantor-*/pid"):
            os.kill(int(pid.read_text()), 9)
        shutil.rmtree(self.temp, ignore_errors=True)


def pairs(file):
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


def said(text, inputs, steps):
    """The expressions that action.yml has, and no others."""

    def one(found):
        path = found.group(1).split(".")
        if path[0] == "inputs":
            return inputs[path[1]]
        assert path[0] == "steps" and path[2] == "outputs", path
        return steps.get(path[1], {}).get(path[3], "")

    return re.sub(r"\$\{\{ ([a-z.-]+) \}\}", one, text)


def holds(condition, inputs):
    if not condition:
        return True
    name, sign, value = re.fullmatch(r"inputs\.(\w+) (==|!=) '(\w+)'", condition).groups()
    return (inputs[name] == value) == (sign == "==")


def asked(url, method="GET", key=None, body=None):
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    if body is not None:
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(url, method=method, headers=headers, data=None if body is None else json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read() or "null")
    except urllib.error.HTTPError as error:
        return error.code, None


def is_ready(url):
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=10) as answer:
            return answer.status == 200
    except urllib.error.URLError:
        return False


def refused(sentence, **given):
    job = Job()
    try:
        job.uses(**given)
    except Failed as failed:
        assert f"::error::grantor: {sentence}" in str(failed), failed
        assert not list(job.temp.glob("grantor-*/pid")), "something runs"
        return job
    finally:
        job.end()
    raise AssertionError(f"{given} was taken")


def of(pattern):
    (found,) = DIST.glob(pattern)
    return found


def a_program_is_started_and_ended():
    job = Job()
    told = job.uses(program=str(PROGRAM))
    status, world = asked(job.env["GRANTOR_URL"] + "/dev/v1/worlds", "POST", body={})
    assert status == 201, status
    status, minted = asked(f"{told['url']}/dev/v1/worlds/{world['id']}/tokens", "POST", body={"kind": "access"})
    assert status == 201 and minted["token"], status
    assert told["url"] == job.env["GRANTOR_URL"] and told["control-key"] == "" and "GRANTOR_CONTROL_KEY" not in job.env, told
    assert asked(told["issuer"] + "/.well-known/openid-configuration")[1]["issuer"] == told["issuer"]
    assert "adminAppSecret=" in Path(told["env-file"]).read_text() and "Grantor" in Path(told["log"]).read_text()
    assert shutil.which("grantor", path=job.env["PATH"]) == job.env["GRANTOR_BINARY"]
    try:
        job.uses(program=str(PROGRAM), port="x")
        raise AssertionError("x is no port")
    except Failed as failed:
        assert "did not start" in str(failed), failed
    # The variables are of the one that did not start: the first goes on.
    assert is_ready(told["url"])
    job.env["GRANTOR_BINARY"] = str(Path(told["env-file"]).parent / "grantor")
    job.uses(stop="true")
    assert not is_ready(told["url"])
    try:
        job.uses(stop="true")
        raise AssertionError("it was ended twice")
    except Failed as failed:
        assert "no server was started" in str(failed), failed
    job.end()


def what_dist_made_is_taken_with_its_checksum():
    for pattern in ("grantor-linux-*.tgz", "grantor-*.whl"):
        job = Job()
        told = job.uses(program=str(of(pattern)), sums=str(DIST / "SHA256SUMS"))
        assert is_ready(told["url"])
        job.uses(stop="true")
        job.end()
    job = Job()
    told = job.uses(program=str(DIST), sums=str(DIST / "SHA256SUMS"))
    assert is_ready(told["url"])
    job.end()


def a_folder_with_the_wheel_alone_is_taken():
    place = Path(tempfile.mkdtemp(prefix="grantor-action-"))
    shutil.copy(of(f"grantor-*_{platform.machine()}.whl"), place)
    job = Job()
    assert is_ready(job.uses(program=str(place))["url"])
    job.end()
    shutil.rmtree(place)


def a_server_is_found_whose_address_leads_elsewhere():
    job = Job()
    told = job.uses(program=str(PROGRAM), arguments="--public-url\nhttp://grantor.invalid:8085")
    assert told["url"] == "http://grantor.invalid:8085", told
    job.uses(stop="true")
    job.end()


def what_is_not_the_file_of_the_checksum_is_not_used():
    place = Path(tempfile.mkdtemp(prefix="grantor-action-"))
    archive = of("grantor-linux-*.tgz")
    other = place / archive.name
    other.write_bytes(archive.read_bytes() + b"\0")
    refused(f"{archive.name} is not the file that", program=str(other), sums=str(DIST / "SHA256SUMS"))
    refused(f"{DIST / 'SHA256SUMS'} does not name {PROGRAM.name}", program=str(PROGRAM), sums=str(DIST / "SHA256SUMS"))
    refused("there is no file", program=str(archive), sums=str(place / "none"))
    (place / "empty").mkdir()
    refused(f"{place / 'empty'} has 0 programs", program=str(place / "empty"))
    shutil.copy(PROGRAM, place / "grantor")
    refused(f"{place} has 2 programs", program=str(place))
    refused("program is not said")
    refused("there is no file", program=str(place / "none"))
    shutil.rmtree(place)


def seeds_words_and_a_key():
    job = Job()
    seed = job.temp / "a shop.json"
    seed.write_text('{"name": "Shop", "users": [{"username": "ada", "password": "a clear password", "email": "ada@example.com"}]}')
    told = job.uses(program=str(PROGRAM), seed=f"{seed}\n", arguments="--allow-remote\n--host\ngrantor.test\n")
    key = told["control-key"]
    assert len(key) > 30 and job.env["GRANTOR_CONTROL_KEY"] == key and f"::add-mask::{key}" in job.said
    assert asked(told["url"] + "/dev/v1/worlds")[0] == 401
    worlds = asked(told["url"] + "/dev/v1/worlds", key=key)[1]["worlds"]
    assert "Shop" in [world["name"] for world in worlds], worlds
    job.end()


def https_with_a_certificate_of_its_own():
    job = Job()
    told = job.uses(program=str(PROGRAM), arguments="--tls")
    assert told["url"].startswith("https://localhost:"), told
    trust = ssl.create_default_context(cafile=job.env["GRANTOR_CA"])
    with urllib.request.urlopen(f"{told['issuer']}/.well-known/openid-configuration", context=trust, timeout=10) as answer:
        assert json.loads(answer.read())["issuer"] == told["issuer"]
    job.end()


def no_input_is_a_command():
    for step in DESCRIBED["runs"]["steps"]:
        assert "${{" not in step["run"], step
    place = Path(tempfile.mkdtemp(prefix="grantor-action-"))
    mark = place / "mark"
    for evil in (f"$(touch {mark})", f"`touch {mark}`", f'"; touch {mark}; "', f"; touch {mark}"):
        for name in set(DESCRIBED["inputs"]) - {"stop"}:
            job = Job()
            try:
                job.uses(**{"program": str(PROGRAM), name: evil})
            except Failed:
                pass
            else:
                raise AssertionError(f"{name}: {evil} was taken")
            finally:
                job.end()
            assert not mark.exists(), f"{name}: {evil}"
    shutil.rmtree(place)


def what_does_not_start_says_why():
    refused("it did not start", program=str(PROGRAM), arguments="--bogus")
    refused("wait is no number of seconds", program=str(PROGRAM), wait="soon")


for test in (
    a_program_is_started_and_ended,
    what_dist_made_is_taken_with_its_checksum,
    a_folder_with_the_wheel_alone_is_taken,
    a_server_is_found_whose_address_leads_elsewhere,
    what_is_not_the_file_of_the_checksum_is_not_used,
    seeds_words_and_a_key,
    https_with_a_certificate_of_its_own,
    no_input_is_a_command,
    what_does_not_start_says_why,
):
    try:
        test()
    finally:
        for job in Job.all:
            job.end()
    print(f"ok {test.__name__}", flush=True)
