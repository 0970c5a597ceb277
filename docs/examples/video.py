"""A film of a camera that stands still: python3 video.py painting.jpg painted frames/*.png

Each frame starts from the painted frame before it, and only what has moved is painted anew. So nothing else flickers.
Needs NumPy.
"""
import pathlib
import sys

import nst
import numpy

SIZE = 512
CELL = 8       # pixels: movement is looked for in squares of this size, where the noise of a camera averages out
CHANGE = 0.03  # of 0..1: a square that changes by more has moved


def moved(frame, before):
    """Where FRAME is to be painted anew, [height, width, 1]: 1 there, 0 elsewhere, with a soft border around it."""
    height, width = frame.shape[:2]

    def resized(picture, cell):
        return numpy.asarray(nst.Image(picture).resize(max(1, width // cell), max(1, height // cell)))

    changed = resized(numpy.abs(frame - before), CELL).max(axis=2, keepdims=True) > CHANGE
    around = resized(numpy.repeat(changed, 3, axis=2).astype(numpy.float32), 2 * CELL) > 0.01
    return numpy.clip(2 * resized(around.astype(numpy.float32), 1)[:, :, :1], 0, 1)


def paint(transfer, frames):
    """The painted frames, one after the other, of FRAMES [height, width, 3] in 0..1."""
    before = painted = None
    for frame in frames:
        transfer.set_content(frame)
        if painted is None:
            painted = numpy.asarray(transfer.run())
        else:
            new = moved(frame, before)
            transfer.set_init(new * frame + (1 - new) * painted)
            painted = new * numpy.asarray(transfer.run()) + (1 - new) * painted
        before = frame
        yield painted


def main():
    if len(sys.argv) < 4:
        sys.exit("usage: video.py STYLE FOLDER FRAME ...")
    try:
        transfer = nst.Transfer(effort="draft", size=0).add_style(nst.Style(sys.argv[1]))
        transfer.set_engine(nst.Engine())  # which keeps its memory from frame to frame
        names = [pathlib.Path(name) for name in sys.argv[3:]]
        first = nst.Image(names[0])
        scale = SIZE / max(first.size)
        size = [round(side * scale) for side in first.size]
        frames = (numpy.array(nst.Image(name).resize(*size).pixels) for name in names)
        for name, painted in zip(names, paint(transfer, frames)):
            nst.Image(painted).save(pathlib.Path(sys.argv[2]) / f"{name.stem}.png")
    except nst.Error as error:
        sys.exit(f"video: {error}")


if __name__ == "__main__":
    main()
