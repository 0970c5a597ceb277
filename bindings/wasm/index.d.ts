// libnst for JavaScript: neural style transfer in a browser or in Node, in a Worker of its own.
import type { Parameters } from "./parameters.js";

export type { Layers, Parameters, Sizes } from "./parameters.js";

/** RGBA, 8 bits, rows from top to bottom. */
export interface Pixels {
    readonly width: number;
    readonly height: number;
    readonly data: Uint8ClampedArray | Uint8Array;
}

/** A browser takes all of these and reads files by its own codecs; Node takes pixels. */
export type Picture =
    | Pixels | ImageData | ImageBitmap | Blob | URL | string | HTMLImageElement | HTMLCanvasElement | OffscreenCanvas;

export interface Style {
    picture: Picture;
    /** Its share where there are several styles. Default: 1. */
    weight?: number;
    /** Where in the content it is painted: white, in the proportions of the content. */
    mask?: Picture;
}

export type Styles = Picture | Style | readonly (Picture | Style)[];

export interface Progress {
    /** Of the whole work that is done, 0..1. */
    fraction: number;
    secondsLeft: number;
    /** Of the objective, at all sizes so far. */
    evaluations: number;
    /** Number of this size, from 1, and their count. */
    level: number;
    levels: number;
    width: number;
    height: number;
    loss: number;
    contentLoss: number;
    styleLoss: number;
    /** The picture so far, where `preview` asks for it; in Node as pixels. */
    picture?: ImageData;
}

export interface Painted {
    readonly width: number;
    readonly height: number;
    /** RGBA, 8 bits. */
    readonly data: Uint8ClampedArray;
    /** In a browser. */
    toImageData(): ImageData;
    /** In a browser: a file of TYPE, "image/png" by default. */
    toBlob(type?: string, quality?: number): Promise<Blob>;
}

export interface Painting extends Painted {
    readonly stopReason: "converged" | "stalled" | "budget" | "cancelled" | "non-finite";
    readonly loss: number;
    /** What is no error but worth knowing. */
    readonly warnings: string[];
}

export interface RunOptions {
    /** Ends the run within a moment; the promise rejects with the signal's reason, an AbortError. */
    signal?: AbortSignal;
    /** At most every 30 ms. */
    onProgress?: (progress: Progress) => void;
    /** true: a picture with the progress, at most every 250 ms; a number: that many ms. */
    preview?: boolean | number;
}

/** The bytes of a file; a string is a URL, in Node also a path. */
export type FileBytes = Blob | URL | ArrayBuffer | ArrayBufferView | string;

export interface WorkerOptions {
    /** Default: all cores where the page is cross-origin isolated, else 1. The result does not depend on it. */
    threads?: number;
    /** Bytes that the library may take, up to 4 GB, the default. Beyond it is an error "out-of-memory". */
    maxMemory?: number;
    signal?: AbortSignal;
}

export interface CreateOptions extends WorkerOptions {
    /** A file with the weights of VGG-19, safetensors or a torch checkpoint. Without it the small model `lite`, which the
     * package contains. */
    weights?: FileBytes;
}

export interface Options extends Omit<Parameters, "threads">, RunOptions, CreateOptions {}

/** Paints CONTENT in the style of the others. */
export function stylize(content: Picture, style: Styles, options?: Options): Promise<Painting>;

/** Content, styles and settings that stay, for a page where knobs move. Calls follow each other in a Worker. */
export class Transfer {
    private constructor();
    static create(options?: CreateOptions): Promise<Transfer>;
    setContent(picture: Picture): Promise<void>;
    /** Of pictures that were set before nothing is measured anew. */
    setStyles(styles: Styles): Promise<void>;
    set(parameters: Parameters): Promise<void>;
    /** The bytes that a run with these settings takes at its peak, to 10 %: known before it starts. */
    memory(): Promise<number>;
    run(options?: RunOptions): Promise<Painting>;
    /** Goes on from the last picture, at the last size alone: after a weight has changed, or a run was aborted.
     * Default of `evaluations`: as many as a run makes at that size. */
    resume(options?: RunOptions & { evaluations?: number }): Promise<Painting>;
    /** Frees everything at once; a Transfer that is forgotten is freed some time later. */
    close(): void;
}

export interface PaintOptions {
    /** How much is painted, 0..1: each pixel is so much of the painted one, and the rest of the picture's. Default: 1. */
    strength?: number;
    /** Ends the Worker; the promise rejects with the signal's reason, an AbortError. */
    signal?: AbortSignal;
}

/** Paints PICTURE, at its own size and in one pass, by a painter of `nst train`: its file, or a Painter. */
export function paint(picture: Picture, options: PaintOptions & WorkerOptions & { painter: FileBytes | Painter }): Promise<Painted>;

/** A painter in a Worker of its own, for many pictures. Calls follow each other. */
export class Painter {
    private constructor();
    static create(file: FileBytes, options?: WorkerOptions): Promise<Painter>;
    /** The name of its style, and how it was trained, as its file says: from outside, so not to be trusted. */
    readonly style: string;
    readonly training: string;
    paint(picture: Picture, options?: PaintOptions): Promise<Painted>;
    /** Frees everything at once; a Painter that is forgotten is freed some time later. */
    close(): void;
}

/** Every failure of the library and of its input. */
export class NstError extends Error {
    /** That of nst.h, in lower case: "argument", "range", "name", "state", "format", "out-of-memory", ... */
    readonly status: string;
    constructor(status: string, message: string);
}

/** What this machine and page allow. NOTE says plainly why there is one thread, or why libnst cannot run; else "". */
export function capabilities(): { threads: number; simd: boolean; isolated: boolean; note: string };

/** Of the package. */
export const version: string;

/** The options, as the library describes them. */
export const parameters: readonly {
    readonly name: string;
    readonly key: keyof Parameters;
    readonly number: number;
    readonly object: "transfer" | "optimizer";
    readonly kind: "int" | "float" | "choice" | "bytes" | "text";
    /** null where the preset decides. */
    readonly default: number | string | null;
    readonly min: number | null;
    readonly max: number | null;
    readonly choices: readonly string[];
    readonly unit: string;
    readonly group: string;
    readonly description: string;
}[];

/** The presets, each with a line about it. */
export const presets: Readonly<Record<string, string>>;
