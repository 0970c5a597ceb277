// libnst for JavaScript: index.d.ts describes what is exported. The library runs in a Worker, one for each Transfer;
// this file keeps what was set, so that it can be sent to another Worker after one was ended.
import { capabilities, compiled, lite, newWorker } from "./environment.js";
import { NstError } from "./errors.js";
import { parameters, presets } from "./parameters.js";
import { bytesOf, pixelsOf, toBlob } from "./pictures.js";

export { capabilities, NstError, parameters, presets };
export const version = "0.9.0";

const keys = new Map(parameters.map((row) => [row.key, row]));

function aborted(signal) {
    return signal.reason ?? new DOMException("The operation was aborted.", "AbortError");
}

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

// ---- Paintings ----

class Painting {
    constructor(fields) {
        Object.assign(this, fields);
    }
    toImageData() {
        return new ImageData(this.data, this.width, this.height);
    }
    toBlob(type, quality) {
        return toBlob(this, type, quality);
    }
}

function shown(progress) {
    const { picture } = progress;
    if (picture && globalThis.ImageData) progress.picture = new ImageData(picture.data, picture.width, picture.height);
    return progress;
}

// ---- Workers ----

// A Worker and the calls that wait for its answers.
class Remote {
    #worker = newWorker();
    #waiting = new Map();
    #count = 0;

    constructor() {
        this.#worker.onmessage = ({ data: { call, result, error, progress } }) => {
            const { resolve, reject, onProgress } = this.#waiting.get(call) ?? {};
            if (progress) return onProgress?.(progress);
            this.#settle(call);
            if (error) reject?.(new NstError(error.status, error.message));
            else resolve?.(result);
        };
        this.#worker.onerror = (event) => this.end(new NstError("internal", `the Worker of libnst failed: ${event.message}`));
    }

    #settle(call) {
        this.#waiting.delete(call);
        this.#worker.hold?.(this.#waiting.size > 0);
    }

    call(method, argument, onProgress) {
        return new Promise((resolve, reject) => {
            const call = this.#count++;
            this.#waiting.set(call, { resolve, reject, onProgress });
            this.#worker.hold?.(true);
            this.#worker.postMessage({ call, method, argument });
        });
    }

    end(error) {
        this.ended = true;
        this.#worker.terminate();
        for (const { reject } of this.#waiting.values()) reject(error);
        this.#waiting.clear();
    }
}

const forgotten = globalThis.FinalizationRegistry && new FinalizationRegistry((state) => state.remote?.end());

// ---- Transfers ----

export class Transfer {
    // REMOTE is apart from the Transfer, so that it can be ended after the Transfer is gone.
    #state = { remote: undefined };
    #start; // what a Worker starts with
    #inputs = { content: undefined, styles: undefined, settings: [] };
    #last; // the last picture that the page has
    #inWorker = false; // whether the Worker has it too
    #turn = Promise.resolve();
    #count = 0;
    #closed = false;

    static async create({ weights, threads, maxMemory, signal } = {}) {
        const transfer = new Transfer();
        const most = capabilities().threads;
        if (threads !== undefined && !(Number.isInteger(threads) && threads >= 0)) throw new NstError("argument", `threads: expected a whole number, found ${threads}`);
        transfer.#start = { weights, threads: Math.min(threads || most, most), maxMemory };
        forgotten?.register(transfer, transfer.#state, transfer);
        await transfer.#queue(signal, async () => {});
        return transfer;
    }

    // Calls follow each other. ACTION has a Worker with everything that was set.
    #queue(signal, action) {
        const result = this.#turn.then(async () => {
            if (this.#closed) throw new NstError("state", "this Transfer is closed");
            if (signal?.aborted) throw aborted(signal);
            return action(await this.#remote());
        });
        this.#turn = result.catch(() => {});
        return result;
    }

    async #remote() {
        if (this.#state.remote && !this.#state.remote.ended) return this.#state.remote;
        const { weights, threads, maxMemory } = this.#start;
        const { isolated } = capabilities();
        const [module, file] = await Promise.all([compiled(isolated), weights ? bytesOf(weights, "weights") : lite()]);
        const remote = new Remote();
        this.#state.remote = remote;
        this.#inWorker = false;
        try {
            const { memory, flag } = await remote.call("start", { compiled: module, threads: isolated ? threads : 0, maxMemory, weights: file });
            remote.flag = memory && { memory, index: flag >>> 2 };
            const { content, styles, settings } = this.#inputs;
            for (const values of settings) await remote.call("set", values);
            if (content) await remote.call("content", content);
            if (styles) await remote.call("styles", styles);
        } catch (error) {
            remote.end(error);
            throw error;
        }
        if (this.#closed) remote.end();
        return remote;
    }

    async setContent(picture) {
        const content = await pixelsOf(picture, "content");
        return this.#queue(undefined, async (remote) => {
            await remote.call("content", content);
            this.#inputs.content = content;
        });
    }

    // A style that was there before keeps its number, and the Worker what it measured of it.
    async setStyles(list) {
        const styles = await stylesOf(list);
        return this.#queue(undefined, async (remote) => {
            const before = this.#inputs.styles ?? [];
            for (const style of styles) style.number = before.find(({ picture }) => same(picture, style.picture))?.number ?? this.#count++;
            const known = new Set(before.map(({ number }) => number));
            await remote.call("styles", styles.map((style) => (known.has(style.number) ? { ...style, picture: undefined } : style)));
            this.#inputs.styles = styles;
        });
    }

    set(options) {
        const texts = textsOf(options);
        return this.#queue(undefined, async (remote) => {
            await remote.call("set", texts);
            const { settings } = this.#inputs;
            if (texts.preset || settings.length === 0) settings.push(texts);
            else Object.assign(settings[settings.length - 1], texts);
        });
    }

    // Bytes that a run takes at its peak, to 10 %.
    memory() {
        return this.#queue(undefined, (remote) => remote.call("memory"));
    }

    run(options = {}) {
        return this.#queue(options.signal, (remote) => this.#paint(remote, "run", options, {}));
    }

    resume(options = {}) {
        return this.#queue(options.signal, (remote) => {
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
        this.#closed = true;
        forgotten?.unregister(this);
        this.#state.remote?.end(new NstError("state", "this Transfer was closed"));
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
