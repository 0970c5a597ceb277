#!/usr/bin/env python3
"""How long loading libnst takes: the least of several processes, in milliseconds, and of what it is linked with before.

usage: load.py LIBRARY [TIMES]

What OpenBLAS takes to start its threads is its own, so the libraries below are loaded first.
"""
import re
import subprocess
import sys

LOAD = """
import ctypes, sys, time
*below, library = sys.argv[1:]
start = time.perf_counter()
for path in below:
    ctypes.CDLL(path)
middle = time.perf_counter()
ctypes.CDLL(library)
print(middle - start, time.perf_counter() - middle)
"""


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    library, times = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20
    text = subprocess.run(["readelf", "--dynamic", library], check=True, text=True, stdout=subprocess.PIPE).stdout
    below = [name for name in re.findall(r"\(NEEDED\).*\[(.*)\]", text) if not name.startswith("ld-")]
    seconds = [[float(word) for word in subprocess.run([sys.executable, "-c", LOAD, *below, library], check=True, text=True,
                                                       stdout=subprocess.PIPE).stdout.split()] for _ in range(times)]
    others, own = (min(row[i] for row in seconds) * 1000 for i in range(2))
    print(f"{library}: {own:.2f} ms, after {others:.2f} ms for what it is linked with")


if __name__ == "__main__":
    main()
