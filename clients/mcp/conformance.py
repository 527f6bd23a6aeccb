"""The conformance suite of the Model Context Protocol for authorization servers, against the environment of `/dev/mcp`.

Usage: conformance.py SUITE, the suite's own program, which wants Node.js 22 or newer.
Reads mcpURL, mcpAppID, username, password. Every check must succeed: a warning, and a scenario that ran no check, fail as well.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

PORT = 4713
# All that there are for authorization servers.
SCENARIOS = ("authorization-server-metadata-endpoint", "authorization-code-grant")
SIGN_ON = pathlib.Path(__file__).parent.parent / "sign_on.py"


def main():
    parts = urllib.parse.urlsplit(os.environ["mcpURL"])
    metadata = f"{parts.scheme}://{parts.netloc}/.well-known/oauth-protected-resource{parts.path}"
    with urllib.request.urlopen(metadata, timeout=30) as response:
        issuer = json.load(response)["authorization_servers"][0]
    with tempfile.TemporaryDirectory() as folder:
        words = ["node", sys.argv[1], "authorization", "--url", issuer, "--client-id", os.environ["mcpAppID"],
                 "--resource", os.environ["mcpURL"], "--port", str(PORT), "--output-dir", folder]
        suite = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        said = []
        for line in suite.stdout:
            said.append(line)
            asked = re.search(r"http\S+/as/authorize\?\S+", line)
            if asked:
                sign_on(asked.group())
        status = suite.wait()
        problems = judge(pathlib.Path(folder))
    if status or problems:
        sys.exit("".join(said) + "\n".join(["", *problems, f"the suite ended with {status}"]))


def sign_on(address):
    """Follows the request as a browser does, to the suite's own callback."""
    words = [sys.executable, str(SIGN_ON), address, f"http://127.0.0.1:{PORT}/callback"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        sys.exit(f"no way through the pages: {done.stderr}")
    with urllib.request.urlopen(done.stdout.strip(), timeout=30) as response:
        response.read()


def judge(folder):
    """What is not a success, of every file of results."""
    problems, known = [], set()
    for file in sorted(folder.rglob("checks.json")):
        scenario = re.sub(r"-\d{4}-\d\d-\d\dT.*$", "", file.parent.name)
        known.add(scenario)
        counted = [check for check in json.loads(file.read_text()) if check["status"] != "INFO"]
        wrong = [f"{scenario}: {check['id']} is {check['status']}: {check.get('errorMessage') or check.get('description')}"
                 for check in counted if check["status"] != "SUCCESS"]
        if not counted:
            wrong.append(f"{scenario}: nothing was checked")
        if not wrong:
            print(f"ok {scenario}: {len(counted)} checks")
        problems += wrong
    missing = [scenario for scenario in SCENARIOS if not any(name.endswith(scenario) for name in known)]
    return problems + [f"{scenario} did not run" for scenario in missing]


if __name__ == "__main__":
    main()
