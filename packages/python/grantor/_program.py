"""Where the program is: named, or where the installer put it."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig


def program(named: str | None = None) -> str:
    """The path of the program; raises `FileNotFoundError` where there is none."""
    chosen = named or os.environ.get("GRANTOR_BINARY")
    if chosen:
        if not os.path.isfile(chosen):
            raise FileNotFoundError(f"there is no program {chosen}")
        return chosen
    folders = [sysconfig.get_path("scripts"), os.path.dirname(sys.executable)]
    # `pip install --user`, and `pip install --target`.
    user = sysconfig.get_preferred_scheme("user")
    folders.append(sysconfig.get_path("scripts", scheme=user))
    folders.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "bin"))
    for folder in folders:
        candidate = os.path.join(folder, "grantor")
        if os.path.isfile(candidate):
            return candidate
    on_path = shutil.which("grantor")
    if on_path:
        return on_path
    raise FileNotFoundError("the program grantor is not installed: install the wheel, or name it in GRANTOR_BINARY")
