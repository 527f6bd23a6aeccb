"""The OpenAPI document of the server, held against the specification by openapi-spec-validator.

Reads authPath. A pattern is an expression of ECMA-262 (JSON Schema 2020-12 §6.3.3); of those Python does not have `\\p{…}`, so it is given
another letter in its place.
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
    document = in_python(answer.json())
    faults = list(OpenAPIV31SpecValidator(document).iter_errors())
    for error in faults:
        print(f"{'/'.join(map(str, error.absolute_path))}: {error.message}", file=sys.stderr)
    if faults:
        sys.exit(f"{len(faults)} faults in the OpenAPI document")
    operations = [operation for path in document["paths"].values() for operation in path.keys() & METHODS]
    if len(operations) < 100:
        sys.exit(f"only {len(operations)} operations")
    print(f"ok OpenAPI {document['openapi']}: {len(operations)} operations, {len(document['components']['schemas'])} schemas, valid")


def in_python(value):
    if isinstance(value, list):
        return [in_python(one) for one in value]
    if not isinstance(value, dict):
        return value
    pattern = lambda name, of: name == "pattern" and isinstance(of, str)
    return {
        name: re.sub(r"\\p\{[A-Za-z_=]+\}", "a", of) if pattern(name, of) else in_python(of) for name, of in value.items()
    }


main()
