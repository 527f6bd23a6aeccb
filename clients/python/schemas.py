"""The strict schemas of some versions of Kubernetes, out of the wheel of kubernetes-validate, as kubeconform reads them.

schemas.py FOLDER_OF_THE_WHEEL TO VERSION ...

They call themselves by an address, and one another by its path: without it they find one another in their folder.
"""

import json
import pathlib
import sys
import zipfile

wheels, to, *versions = sys.argv[1:]
to = pathlib.Path(to)
# The wheel has the number of the newest.
(wheel,) = pathlib.Path(wheels).glob(f"kubernetes_validate-{versions[-1]}-*.whl")
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        version, _, file = name.partition("kubernetes-json-schema/v")[2].partition("-local-strict/")
        if version in versions and file:
            schema = json.loads(archive.read(name))
            schema.pop("$id", None)
            place = to / version / file
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(json.dumps(schema).replace("/api/_definitions.json#", "_definitions.json#"))
for version in versions:
    assert (to / version / "deployment-apps-v1.json").is_file(), f"no schemas of Kubernetes {version}"
