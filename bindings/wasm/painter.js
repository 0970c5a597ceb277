// Painters of nst train: each paints one style, in one pass.
import { capabilities, compiled } from "./environment.js";
import { bytesOf, pixelsOf } from "./pictures.js";
import { aborted, Painting, Queue, threadsOf } from "./remote.js";

export class Painter {
    style;
    training;
    #start; // what a Worker starts with
    #queue = new Queue("Painter", this);

    static async create(file, { threads, maxMemory, signal } = {}) {
        const painter = new Painter();
        painter.#start = { threads: threadsOf(threads), maxMemory, painter: await bytesOf(file, "painter") };
        try {
            Object.assign(painter, await painter.#add(signal, ({ texts }) => texts));
        } catch (error) {
            painter.close();
            throw error;
        }
        return painter;
    }

    #add(signal, action) {
        const start = async (remote) => {
            const { isolated } = capabilities(), module = await compiled(isolated);
            const argument = { ...this.#start, compiled: module, threads: isolated ? this.#start.threads : 0 };
            remote.texts = (await remote.call("start", argument)).texts;
        };
        return this.#queue.add(signal, start, action);
    }

    // A painter is asked for nothing while it paints, so a signal ends its Worker.
    async paint(picture, { strength = 1, signal } = {}) {
        const content = await pixelsOf(picture, "picture");
        return this.#add(signal, async (remote) => {
            const abort = () => remote.end(aborted(signal));
            signal?.addEventListener("abort", abort);
            try {
                return new Painting(await remote.call("paint", { picture: content, strength: Number(strength) }));
            } finally {
                signal?.removeEventListener("abort", abort);
            }
        });
    }

    close() {
        this.#queue.close();
    }
}

export async function paint(picture, { painter, threads, maxMemory, ...options } = {}) {
    if (painter instanceof Painter) return painter.paint(picture, options);
    const made = await Painter.create(painter, { threads, maxMemory, signal: options.signal });
    try {
        return await made.paint(picture, options);
    } finally {
        made.close();
    }
}
