// What the device has, and the size of picture that suits it.
import { capabilities } from "./libnst/index.js";
import { strings } from "./strings.js";

export const SIZES = [256, 384, 512, 768, 1024];

const isPhone = () => matchMedia("(pointer: coarse) and (max-width: 820px)").matches;

/** { size, what: why, one line }. */
export function suitableSize() {
    const gigabytes = navigator.deviceMemory; // Chromium alone says it, at most 8
    const cores = navigator.hardwareConcurrency ?? 1;
    const threads = Math.min(cores, capabilities().threads);
    const what = [threads > 1 ? strings.cores(cores) : strings.oneThread];
    let size = threads > 3 ? 512 : 384;
    if (gigabytes !== undefined) {
        what.push(strings.gigabytes(gigabytes));
        if (gigabytes <= 2) size = 256;
    }
    if (isPhone()) {
        what.push(strings.phone);
        size = Math.min(size, 384);
    }
    return { size, what: what.join(", ") };
}

/** The bytes that the library may take: beyond them it fails and the page goes on, where the browser would end it. */
export function mostMemory() {
    const gigabytes = navigator.deviceMemory ?? (isPhone() ? 2 : 8);
    return Math.min(4, gigabytes / 2) * 2 ** 30;
}

/** Why there is only one thread, for the visitor; null where there are more. */
export function oneThreadNote() {
    if (capabilities().isolated) return null;
    if (!isSecureContext) return strings.oneThreadWhy.insecure;
    return navigator.serviceWorker?.controller ? strings.oneThreadWhy.reload : strings.oneThreadWhy.noWorker;
}

/** Why nothing can be painted here; null where it can. */
export function missing() {
    if (typeof WebAssembly !== "object") return strings.noWebAssembly;
    return capabilities().simd ? null : strings.noSimd;
}

/**
 * Installs the service worker, which keeps the page for use without a network. Where the server does not isolate the
 * page, the worker does from the next load on, so the first visit loads twice: at once, before the visitor has begun.
 */
export async function installWorker() {
    const workers = navigator.serviceWorker;
    if (!workers) return;
    const reloaded = sessionStorage.getItem("reloaded");
    const reload = () => {
        if (crossOriginIsolated || reloaded) return;
        sessionStorage.setItem("reloaded", "yes");
        location.reload();
    };
    try {
        await workers.register("service-worker.js");
        if (workers.controller) return reload();
        workers.addEventListener("controllerchange", reload, { once: true });
    } catch (error) {
        console.warn(`no service worker: ${error.message}`); // such as in a private window: all works but offline
    }
}
