// Pictures of a page as RGBA pixels, by the codecs of the browser; and files of weights as bytes.
import { fetched, readFile } from "./environment.js";
import { NstError } from "./errors.js";

function name(value) {
    return value === null ? "null" : typeof value === "object" ? (value.constructor?.name ?? "an object") : typeof value;
}

function canvas(width, height) {
    if (globalThis.OffscreenCanvas) return new OffscreenCanvas(width, height);
    return Object.assign(document.createElement("canvas"), { width, height });
}

function draw(source, width, height) {
    const context = canvas(width, height).getContext("2d", { willReadFrequently: true });
    context.drawImage(source, 0, 0);
    return context.getImageData(0, 0, width, height);
}

async function decoded(blob, what) {
    let bitmap;
    try {
        bitmap = await createImageBitmap(blob);
    } catch {
        throw new NstError("format", `${what}: expected a picture that this browser reads, found ${blob.size} bytes${blob.type && ` of type ${blob.type}`}`);
    }
    try {
        return draw(bitmap, bitmap.width, bitmap.height);
    } finally {
        bitmap.close();
    }
}

function checked({ width, height, data }, what) {
    if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1)
        throw new NstError("argument", `${what}: expected a width and a height of at least 1, found ${width} x ${height}`);
    if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray) || data.length !== 4 * width * height)
        throw new NstError("argument", `${what}: expected ${4 * width * height} bytes of RGBA for ${width} x ${height} pixels, found ${name(data)}${data?.length === undefined ? "" : ` of ${data.length}`}`);
    return { width, height, data };
}

// {width, height, data} of any picture that the package takes. WHAT it is, for messages.
export async function pixelsOf(picture, what) {
    if (picture?.data && "width" in picture) return checked(picture, what);
    if (typeof createImageBitmap !== "function") throw new NstError("argument", `${what}: expected {width, height, data} with RGBA pixels, found ${name(picture)}`);
    if (typeof picture === "string" || picture instanceof URL) picture = await (await fetched(picture)).blob();
    if (picture instanceof Blob) return decoded(picture, what);
    if (globalThis.HTMLImageElement && picture instanceof HTMLImageElement) {
        await picture.decode();
        return draw(picture, picture.naturalWidth, picture.naturalHeight);
    }
    const kinds = ["ImageBitmap", "HTMLCanvasElement", "OffscreenCanvas"].filter((kind) => globalThis[kind]);
    if (kinds.some((kind) => picture instanceof globalThis[kind])) return draw(picture, picture.width, picture.height);
    throw new NstError("argument", `${what}: expected a picture (ImageData, ImageBitmap, Blob, URL, img or canvas), found ${name(picture)}`);
}

// The bytes of a file: a Blob, a URL, an ArrayBuffer or a view; in Node also a path.
export async function bytesOf(file, what) {
    if (file instanceof ArrayBuffer) return new Uint8Array(file);
    if (ArrayBuffer.isView(file)) return new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
    if (file instanceof Blob) return new Uint8Array(await file.arrayBuffer());
    if (typeof file !== "string" && !(file instanceof URL)) throw new NstError("argument", `${what}: expected a Blob, a URL or an ArrayBuffer, found ${name(file)}`);
    if (!readFile || /^https?:/.test(file)) return new Uint8Array(await (await fetched(file)).arrayBuffer());
    try {
        return new Uint8Array(await readFile(file));
    } catch (error) {
        throw new NstError("not-found", `${what}: ${error.message}`);
    }
}

export async function toBlob({ width, height, data }, type = "image/png", quality) {
    const target = canvas(width, height);
    target.getContext("2d").putImageData(new ImageData(data, width, height), 0, 0);
    if (target.convertToBlob) return target.convertToBlob({ type, quality });
    return new Promise((resolve) => target.toBlob(resolve, type, quality));
}
