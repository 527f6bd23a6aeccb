"""Every request of docs/reference/api, as it is pasted: page by page, in the order of the page, in one shell each.

Reads the variables of `grantor dev --env-file`. What is asked for must be done (2xx), but for what nobody has yet.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PAGES = Path(__file__).resolve().parents[2] / "docs/reference/api"
CALL = re.compile(r"^## (\w+) `([^`]+)`$.*?^```sh$\n(.*?)^```$", re.S | re.M)
# Nobody signed on, consented or linked an account on this server: of these there is none to be asked for.
NONE_YET = {"linkedAccount", "session", "consent"}

BEGIN = r"""
set -o pipefail
curl() { command curl --silent --show-error --fail-with-body "$@" | tee -a "$ANSWERS"; }
accessToken=$(command curl --silent -u "$adminAppID:$adminAppSecret" -d grant_type=client_credentials "$authPath/$adminEnvID/as/token" | jq -r .access_token)
"""


def main():
    faults, count = [], 0
    # What the others did is what there is to be read of it.
    for page in sorted(PAGES.glob("*.md"), key=lambda page: (page.stem == "activities", page.name)):
        calls = [call for call in CALL.findall(page.read_text()) if call[0].isupper()]
        count += len(calls)
        faults += refused(page.name, calls)
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        sys.exit(f"{len(faults)} of {count} requests of the reference do not work")
    if count < 150:
        sys.exit(f"only {count} requests")
    print(f"ok {count} requests of the reference")


def refused(page, calls):
    with tempfile.TemporaryDirectory() as place:
        script = BEGIN
        for at, (_, _, request) in enumerate(calls):
            script += f': > "$ANSWERS"\n{request}test $? -eq 0 || {{ echo "REFUSED {at}"; cat "$ANSWERS"; echo; echo "TOLD {at}"; }} >&3\n'
        told = Path(place, "told")
        with told.open("w") as out:
            os.set_inheritable(out.fileno(), True)
            command = f"exec 3>&{out.fileno()}\n{script}"
            ended = subprocess.run(
                ["bash", "-c", command], cwd=place, env={**os.environ, "ANSWERS": f"{place}/answers"},
                pass_fds=[out.fileno()], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=110,
            )
        found = re.findall(r"^REFUSED (\d+)\n(.*?)\nTOLD \1$", told.read_text(), re.S | re.M)
    faults = []
    for at, answer in found:
        method, path, request = calls[int(at)]
        if not any(f"{{{name}}}" in path for name in NONE_YET):
            faults.append(f"{page}: {method} {path}: {answer.strip()[-600:]}\n{request}")
    if ended.returncode not in (0, 1):
        faults.append(f"{page}: the shell ended with {ended.returncode}: {ended.stderr[-600:]}")
    return faults


main()
