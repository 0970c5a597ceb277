// Painters of nst train: a file that is dropped paints the picture at once, without a run.
import { mostMemory } from "./device.js";
import { Painter } from "./libnst/index.js";
import { PictureError, reduced } from "./pictures.js";
import { strings } from "./strings.js";

const SHOWN = 224; // pixels of the small picture on its tile

/**
 * Reads FILE as a painting for the row of paintings, which paints ALONE: { name, canvas, painter, alone }. The canvas
 * is what it makes of PICTURE, small. Throws a PictureError.
 */
export async function readPainter(file, picture) {
    let painter;
    try {
        painter = await Painter.create(file, { maxMemory: mostMemory() });
        const { width, height, data } = await painter.paint(reduced(picture.canvas, SHOWN));
        const canvas = Object.assign(document.createElement("canvas"), { width, height });
        canvas.getContext("2d").putImageData(new ImageData(data, width, height), 0, 0);
        return { name: file.name.replace(/\.nstpaint$/i, ""), canvas, painter, alone: true };
    } catch (error) {
        painter?.close();
        throw new PictureError(strings.noPainter(file.name, error.message));
    }
}

/** What is painted for a job of page.js, whose only painting is a painter. */
export class AtOnce {
    #job = null; // the one that was painted last
    #busy = false;

    /** Calls SHOW(painting, job, seconds, moved) for what JOB() is, and again if that has changed meanwhile. MOVED: only
     * the strength has changed since the last. JOB gives null where no painter is chosen. */
    async paint(job, show) {
        if (this.#busy) return;
        this.#busy = true;
        try {
            for (let now = job(); now && !this.isDone(now); now = job()) {
                const moved = this.#isPainted(now), from = performance.now();
                this.#job = now; // also where it fails: it would fail again
                const picture = reduced(now.picture.canvas, now.parameters.size);
                try {
                    const painting = await now.paintings[0].painter.paint(picture, { strength: now.strength });
                    if (this.#isPainted(job())) show(painting, now, (performance.now() - from) / 1000, moved);
                } catch (error) {
                    if (this.#isPainted(job())) throw error; // else the painter was removed
                }
            }
        } finally {
            this.#busy = false;
        }
    }

    isDone(job) {
        return this.#isPainted(job) && job.strength === this.#job.strength;
    }

    /** Something else hangs on the wall. */
    forget() {
        this.#job = null;
    }

    #isPainted(job) {
        return Boolean(job && this.#job) && job.picture === this.#job.picture &&
            job.paintings[0] === this.#job.paintings[0] && job.parameters.size === this.#job.parameters.size;
    }
}
