// What the machine and the page allow, the compiled library, and its Workers; in a browser and in Node.
import { NstError } from "./errors.js";
import { unpacked } from "./lite.js";

const node = globalThis.process?.versions?.node && !globalThis.Worker ? await import("./node.js") : undefined;

// A module of one function with an instruction of SIMD 128.
const SIMD = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11]);

export function capabilities() {
    const simd = typeof WebAssembly === "object" && WebAssembly.validate(SIMD);
    const isolated = typeof SharedArrayBuffer === "function" && (globalThis.crossOriginIsolated ?? node !== undefined);
    const cores = node ? node.cores() : (navigator.hardwareConcurrency ?? 1);
    let note = "";
    if (typeof WebAssembly !== "object") note = "This browser has no WebAssembly, which libnst needs.";
    else if (!simd) note = "This browser's WebAssembly has no vectors (SIMD 128), which libnst needs.";
    else if (!isolated)
        note = "One thread: this page is not cross-origin isolated. Its server would have to send the headers " +
            "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.";
    return { threads: !simd ? 0 : isolated ? cores : 1, simd, isolated, note };
}

export function newWorker() {
    return node ? new node.Worker(new URL("./worker.js", import.meta.url)) : new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
}

const modules = new Map();

export async function fetched(url) {
    const response = await fetch(url);
    if (!response.ok) throw new NstError("not-found", `${url}: ${response.status} ${response.statusText}`);
    return response;
}

// The model of the package.
export async function lite() {
    const url = new URL("./lite.bin", import.meta.url);
    return unpacked(node ? new Blob([await node.readFile(url)]) : await (await fetched(url)).blob());
}

async function compile(url) {
    if (node) return WebAssembly.compile(await node.readFile(url));
    const response = await fetched(url);
    if (response.headers.get("Content-Type") === "application/wasm") return WebAssembly.compileStreaming(response);
    return WebAssembly.compile(await response.arrayBuffer());
}

// Compiled once for all Workers.
export async function compiled(threads) {
    const { simd, note } = capabilities();
    if (!simd) throw new NstError("unsupported", note);
    if (!modules.has(threads)) modules.set(threads, compile(threads ? new URL("./nst-threads.wasm", import.meta.url) : new URL("./nst.wasm", import.meta.url)));
    try {
        return await modules.get(threads);
    } catch (error) {
        modules.delete(threads);
        throw error;
    }
}

export const readFile = node?.readFile;
