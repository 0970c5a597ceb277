// The use of the package: one Transfer, kept, so that what was measured of the pictures is not measured again.
import { mostMemory } from "./device.js";
import { NstError, Transfer } from "./libnst/index.js";

const SMALLEST = 128;
const WEIGHTS = ["contentWeight"]; // parameters that a painting can follow from where it is

/**
 * A job is { picture, paintings: [picture], parameters, network: File or null }. Two jobs with the same pictures and
 * parameters but for the weights are about the same painting, so the second goes on from the result of the first.
 */
export class Painter {
    #transfer = null; // a promise
    #network = null;
    #sent = null; // the job whose pictures and parameters TRANSFER has
    #painted = null; // the job of the last picture, whole or stopped

    /** Whether JOB goes on from the last painting. */
    continues(job) {
        return this.#painted !== null && samePictures(job, this.#painted) && job.network === this.#painted.network &&
            sameParameters(job.parameters, this.#painted.parameters, WEIGHTS);
    }

    /** Whether the last painting was of JOB exactly. */
    isDone(job) {
        return this.continues(job) && sameParameters(job.parameters, this.#painted.parameters, []);
    }

    /** Starts the library with NETWORK (null: its own), so that a painting begins at once. */
    async prepare(network) {
        if (this.#network !== network) this.#forget();
        this.#network = network;
        this.#transfer ??= Transfer.create({ weights: network ?? undefined, maxMemory: mostMemory() });
        try {
            await this.#transfer;
        } catch (error) {
            this.#forget();
            throw error;
        }
    }

    /**
     * Paints JOB. Where the memory does not suffice, a smaller size is tried, and ONSMALLER called with it.
     * OPTIONS: signal, onProgress, onSmaller.
     */
    async paint(job, { signal, onProgress, onSmaller }) {
        const goesOn = this.continues(job);
        for (;;) {
            try {
                return await this.#once(job, goesOn, { signal, onProgress, preview: 120 });
            } catch (error) {
                if (isAbort(error)) throw error;
                this.#forget();
                const size = Math.floor((job.parameters.size * 0.7) / 32) * 32;
                if (!isMemory(error) || goesOn || size < SMALLEST) throw error;
                job = { ...job, parameters: { ...job.parameters, size } };
                onSmaller(size);
            }
        }
    }

    async #once(job, goesOn, options) {
        await this.prepare(job.network);
        const transfer = await this.#transfer;
        if (!this.#sent || this.#sent.picture !== job.picture) await transfer.setContent(job.picture.canvas);
        if (!this.#sent || !sameList(this.#sent.paintings, job.paintings))
            await transfer.setStyles(job.paintings.map((painting) => painting.canvas));
        await transfer.set(job.parameters);
        this.#sent = job;
        if (!goesOn) this.#painted = null;
        const { onProgress } = options;
        options.onProgress = (progress) => {
            this.#painted = job; // there is something to go on from
            onProgress(progress);
        };
        const painting = await (goesOn ? transfer.resume(options) : transfer.run(options));
        this.#painted = job;
        return painting;
    }

    #forget() {
        this.#transfer?.then((transfer) => transfer.close(), () => {});
        this.#transfer = this.#sent = this.#painted = null;
    }
}

export const isAbort = (error) => error?.name === "AbortError";
export const isMemory = (error) =>
    error instanceof RangeError || (error instanceof NstError && error.status === "out-of-memory");

const samePictures = (a, b) => a.picture === b.picture && sameList(a.paintings, b.paintings);
const sameList = (a, b) => a.length === b.length && a.every((item, i) => item === b[i]);
const sameParameters = (a, b, except) => Object.keys(a).every((key) => except.includes(key) || a[key] === b[key]);
