"""`python -m grantor` is the program `grantor`."""

import os
import sys

from grantor._program import program


def main() -> None:
    path = program()
    os.execv(path, [path, *sys.argv[1:]])


main()
