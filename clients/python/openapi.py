"""The OpenAPI document of the server, held against the specification by openapi-spec-validator.

Reads authPath. The document is taken as it is: a pattern is an expression of ECMA-262 (JSON Schema 2020-12 §6.3.3), and one that Python
does not read is a fault, for then nobody's validator does.
"""

import os
import re
import sys

import requests
from openapi_spec_validator import OpenAPIV31SpecValidator

METHODS = {"get", "post", "put", "patch", "delete"}


def main():
    answer = requests.get(os.environ["authPath"] + "/openapi.json", timeout=30)
    answer.raise_for_status()
    document = answer.json()
    faults = list(OpenAPIV31SpecValidator(document).iter_errors())
    # Where a package is there that knows more expressions than Python, the validator does not tell.
    for pattern in patterns(document):
        try:
            re.compile(pattern)
        except re.error as error:
            sys.exit(f"{pattern!r} is not a 'regex': {error}")
    for error in faults:
        print(f"{'/'.join(map(str, error.absolute_path))}: {error.message}", file=sys.stderr)
    if faults:
        sys.exit(f"{len(faults)} faults in the OpenAPI document")
    operations = [operation for path in document["paths"].values() for operation in path.keys() & METHODS]
    if len(operations) < 100:
        sys.exit(f"only {len(operations)} operations")
    print(f"ok OpenAPI {document['openapi']}: {len(operations)} operations, {len(document['components']['schemas'])} schemas, valid")


def patterns(value):
    if isinstance(value, list):
        for one in value:
            yield from patterns(one)
    elif isinstance(value, dict):
        if isinstance(value.get("pattern"), str):
            yield value["pattern"]
        for one in value.values():
            yield from patterns(one)


main()
