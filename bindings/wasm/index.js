// libnst for JavaScript: index.d.ts describes what is exported. The library runs in a Worker, one for each Transfer;
// this file keeps what was set, so that it can be sent to another Worker after one was ended.
import { capabilities, compiled, lite } from "./environment.js";
import { NstError } from "./errors.js";
import { paint, Painter } from "./painter.js";
import { parameters, presets } from "./parameters.js";
import { bytesOf, pixelsOf } from "./pictures.js";
import { aborted, Painting, Queue, threadsOf } from "./remote.js";

export { capabilities, NstError, paint, Painter, parameters, presets };
export const version = "0.9.0";

const keys = new Map(parameters.map((row) => [row.key, row]));

// ---- Options ----

// Layers and sizes as the library writes them.
function textOf(key, value) {
    if (typeof value === "string") return value;
    if (Array.isArray(value)) return value.map((item) => (Array.isArray(item) ? item.join(":") : String(item))).join(",");
    if (typeof value === "number" || typeof value === "bigint") return String(value);
    if (typeof value === "object") return Object.entries(value).map(([layer, weight]) => `${layer}=${weight}`).join(",");
    throw new NstError("argument", `${key}: expected a number or text, found ${typeof value}`);
}

function textsOf(options) {
    const texts = {};
    for (const [key, value] of Object.entries(options)) {
        if (value === undefined || value === null) continue;
        if (key !== "preset" && !keys.has(key)) throw new NstError("name", `no option is called '${key}'; there are preset, ${[...keys.keys()].join(", ")}`);
        if (key !== "threads") texts[key] = textOf(key, value);
    }
    return texts;
}

function isStyle(value) {
    return typeof value === "object" && value !== null && "picture" in value;
}

async function stylesOf(list) {
    return Promise.all((Array.isArray(list) ? list : [list]).map(async (item) => {
        const { picture, weight = 1, mask } = isStyle(item) ? item : { picture: item };
        return { picture: await pixelsOf(picture, "style"), weight: Number(weight), mask: mask && (await pixelsOf(mask, "mask")) };
    }));
}

function same(a, b) {
    return a.width === b.width && a.height === b.height && a.data.every((value, i) => value === b.data[i]);
}

// ---- Progress ----

function shown(progress) {
    const { picture } = progress;
    if (picture && globalThis.ImageData) progress.picture = new ImageData(picture.data, picture.width, picture.height);
    return progress;
}

// ---- Transfers ----

export class Transfer {
    #start; // what a Worker starts with
    #inputs = { content: undefined, styles: undefined, settings: [] };
    #last; // the last picture that the page has
    #inWorker = false; // whether the Worker has it too
    #count = 0;
    #queue = new Queue("Transfer", this);

    static async create({ weights, threads, maxMemory, signal } = {}) {
        const transfer = new Transfer();
        transfer.#start = { weights, threads: threadsOf(threads), maxMemory };
        await transfer.#add(signal, async () => {});
        return transfer;
    }

    // Calls follow each other. ACTION has a Worker with everything that was set.
    #add(signal, action) {
        return this.#queue.add(signal, (remote) => this.#begin(remote), action);
    }

    async #begin(remote) {
        const { weights, threads, maxMemory } = this.#start;
        const { isolated } = capabilities();
        const [module, file] = await Promise.all([compiled(isolated), weights ? bytesOf(weights, "weights") : lite()]);
        this.#inWorker = false;
        const { memory, flag } = await remote.call("start", { compiled: module, threads: isolated ? threads : 0, maxMemory, weights: file });
        remote.flag = memory && { memory, index: flag >>> 2 };
        const { content, styles, settings } = this.#inputs;
        for (const values of settings) await remote.call("set", values);
        if (content) await remote.call("content", content);
        if (styles) await remote.call("styles", styles);
    }

    async setContent(picture) {
        const content = await pixelsOf(picture, "content");
        return this.#add(undefined, async (remote) => {
            await remote.call("content", content);
            this.#inputs.content = content;
        });
    }

    // A style that was there before keeps its number, and the Worker what it measured of it.
    async setStyles(list) {
        const styles = await stylesOf(list);
        return this.#add(undefined, async (remote) => {
            const before = this.#inputs.styles ?? [];
            for (const style of styles) style.number = before.find(({ picture }) => same(picture, style.picture))?.number ?? this.#count++;
            const known = new Set(before.map(({ number }) => number));
            await remote.call("styles", styles.map((style) => (known.has(style.number) ? { ...style, picture: undefined } : style)));
            this.#inputs.styles = styles;
        });
    }

    set(options) {
        const texts = textsOf(options);
        return this.#add(undefined, async (remote) => {
            await remote.call("set", texts);
            const { settings } = this.#inputs;
            if (texts.preset || settings.length === 0) settings.push(texts);
            else Object.assign(settings[settings.length - 1], texts);
        });
    }

    // Bytes that a run takes at its peak, to 10 %.
    memory() {
        return this.#add(undefined, (remote) => remote.call("memory"));
    }

    run(options = {}) {
        return this.#add(options.signal, (remote) => this.#paint(remote, "run", options, {}));
    }

    resume(options = {}) {
        return this.#add(options.signal, (remote) => {
            if (!this.#last) throw new NstError("state", "there is no picture to go on from: expected a run before resume");
            return this.#paint(remote, "resume", options, { from: this.#inWorker ? undefined : this.#last, evaluations: options.evaluations ?? 0 });
        });
    }

    async #paint(remote, method, { signal, onProgress, preview }, argument) {
        const interval = preview === true ? 250 : preview === false ? undefined : preview;
        const abort = () => {
            if (remote.flag) Atomics.store(new Int32Array(remote.flag.memory.buffer), remote.flag.index, 1);
            else remote.end(aborted(signal));
        };
        if (remote.flag) Atomics.store(new Int32Array(remote.flag.memory.buffer), remote.flag.index, 0);
        signal?.addEventListener("abort", abort);
        try {
            const painting = await remote.call(method, { ...argument, preview: interval }, (progress) => {
                if (signal?.aborted) return;
                if (progress.picture) this.#last = progress.picture;
                onProgress?.(shown(progress));
            });
            this.#last = painting;
            this.#inWorker = true;
            if (signal?.aborted) throw aborted(signal);
            return new Painting(painting);
        } finally {
            signal?.removeEventListener("abort", abort);
        }
    }

    close() {
        this.#queue.close();
    }
}

export async function stylize(content, style, { signal, onProgress, preview, weights, threads, maxMemory, ...parameters } = {}) {
    textsOf(parameters); // a mistake is told before anything is loaded
    const transfer = await Transfer.create({ weights, threads, maxMemory, signal });
    try {
        await transfer.set(parameters);
        await transfer.setContent(content);
        await transfer.setStyles(style);
        return await transfer.run({ signal, onProgress, preview });
    } finally {
        transfer.close();
    }
}
