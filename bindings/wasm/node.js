// A Worker of browsers on Node's threads: as much of it as the library's Workers need.
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { isMainThread, parentPort, Worker as Thread, workerData } from "node:worker_threads";

export { readFile };
export const cores = availableParallelism;

export class Worker {
    constructor(url) {
        this.thread = new Thread(new URL(import.meta.url), { workerData: { libnst: String(url) } });
        this.thread.on("message", (data) => this.onmessage?.({ data }));
        this.thread.on("error", (error) => this.onerror?.({ error, message: error.message }));
    }
    postMessage(message, transferred) {
        this.thread.postMessage(message, transferred);
    }
    terminate() {
        this.thread.terminate();
    }
    // Whether Node waits for it.
    hold(busy) {
        if (busy) this.thread.ref();
        else this.thread.unref();
    }
}

if (!isMainThread && workerData?.libnst) {
    const globals = {
        self: globalThis,
        location: { href: workerData.libnst },
        Worker,
        navigator: { hardwareConcurrency: cores() }, // Node 20 has none
        postMessage: (message, transferred) => parentPort.postMessage(message, transferred),
    };
    for (const [name, value] of Object.entries(globals)) Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
    await import(workerData.libnst);
    parentPort.on("message", (data) => globalThis.onmessage({ data }));
}
