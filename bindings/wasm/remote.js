// The Worker of a Transfer or a Painter, and what it paints.
import { capabilities, newWorker } from "./environment.js";
import { NstError } from "./errors.js";
import { toBlob } from "./pictures.js";

export class Painting {
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

export function aborted(signal) {
    return signal.reason ?? new DOMException("The operation was aborted.", "AbortError");
}

// How many of them there are. Undefined and 0: all.
export function threadsOf(threads) {
    const most = capabilities().threads;
    if (threads !== undefined && !(Number.isInteger(threads) && threads >= 0)) throw new NstError("argument", `threads: expected a whole number, found ${threads}`);
    return Math.min(threads || most, most);
}

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
        if (this.ended) return;
        this.ended = true;
        this.#worker.terminate();
        for (const { reject } of this.#waiting.values()) reject(error);
        this.#waiting.clear();
    }
}

const forgotten = globalThis.FinalizationRegistry && new FinalizationRegistry((state) => state.remote?.end());

// The calls of OWNER, a WHAT, one after another in one Worker.
export class Queue {
    #state = { remote: undefined }; // apart from the owner, so that it can be ended after the owner is gone
    #what;
    #turn = Promise.resolve();
    #closed = false;

    constructor(what, owner) {
        this.#what = what;
        forgotten?.register(owner, this.#state, this);
    }

    // ACTION has a Worker that START(remote) has given everything that was set. START is called again after one was ended.
    add(signal, start, action) {
        const result = this.#turn.then(async () => {
            if (this.#closed) throw new NstError("state", `this ${this.#what} is closed`);
            if (signal?.aborted) throw aborted(signal);
            return action(await this.#started(start));
        });
        this.#turn = result.catch(() => {});
        return result;
    }

    async #started(start) {
        if (this.#state.remote && !this.#state.remote.ended) return this.#state.remote;
        const remote = new Remote();
        this.#state.remote = remote;
        try {
            await start(remote);
        } catch (error) {
            remote.end(error);
            throw error;
        }
        if (this.#closed) remote.end();
        return remote;
    }

    close() {
        this.#closed = true;
        forgotten?.unregister(this);
        this.#state.remote?.end(new NstError("state", `this ${this.#what} was closed`));
    }
}
