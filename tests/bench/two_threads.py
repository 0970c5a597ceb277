#!/usr/bin/env python3
"""What two runs gain by going on at once in two threads of one Python process: time together over time one after the
other, 1 for nothing, 0.5 at best.

usage: NST_LIBRARY=build/libnst.so PYTHONPATH=bindings/python two_threads.py [SIZE [TIMES]]

Run it on a quiet machine with two cores or more.
"""
import sys
import threading
import time

import nst


def transfer(size):
    t = nst.Transfer("random:1", threads=1, size=size, sizes=f"{size}:8")
    picture = nst.Image.new(size, size)
    pixels = memoryview(picture.pixels)
    for y in range(size):
        for x in range(size):
            for c in range(3):
                pixels[y, x, c] = ((x * (c + 1)) % 64 + (y * 3) % 64) / 128
    return t.set_content(picture).add_style(picture)


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def together(transfers):
    threads = [threading.Thread(target=t.run) for t in transfers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main():
    size, times = (int(sys.argv[i]) if len(sys.argv) > i else default for i, default in ((1, 256), (2, 5)))
    transfers = [transfer(size) for _ in range(2)]
    together(transfers)  # weights are packed, buffers made
    ratios = sorted(seconds(lambda: together(transfers)) / seconds(lambda: [t.run() for t in transfers])
                    for _ in range(times))
    print(f"{size}x{size}: together over one after the other {ratios[times // 2]:.2f} "
          f"({ratios[0]:.2f} to {ratios[-1]:.2f})")


if __name__ == "__main__":
    main()
