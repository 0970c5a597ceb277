// Reading pictures: from files, the clipboard, the camera and the examples. A picture of the page is
// { name, canvas }: the canvas has at most LONGEST pixels on a side, which is all that the largest result needs.
import { strings } from "./strings.js";

export const EXAMPLES = {
    pictures: [{ name: strings.town, file: "pictures/town.jpg" }],
    paintings: [
        { name: strings.strokes, file: "pictures/strokes.jpg" },
        { name: strings.mosaic, file: "pictures/mosaic.jpg" },
        { name: strings.dots, file: "pictures/dots.jpg" },
    ],
};

const LONGEST = 2048;
const LEAST = 16; // pixels on a side: below, the library has nothing to measure
const MOST_MEGAPIXELS = 120; // decoded, 480 MB
const MOST_MEGABYTES = 200;

/** A message for the visitor. */
export class PictureError extends Error {}

/** Reads a file, or any Blob, as a picture, and turns it upright. Throws a PictureError. */
export async function readPicture(blob, name = blob.name ?? strings.pasted) {
    if (blob.size > MOST_MEGABYTES * 1e6)
        throw new PictureError(strings.tooLargeFile(name, Math.round(blob.size / 1e6), MOST_MEGABYTES));
    const stated = await statedSize(blob);
    if (stated) checkSize(name, stated.width, stated.height); // before it is decoded, which may end the page on a phone
    let bitmap;
    try {
        bitmap = await createImageBitmap(blob);
    } catch {
        throw new PictureError(strings.noPicture(name));
    }
    checkSize(name, bitmap.width, bitmap.height);
    const picture = { name: name.replace(/\.[a-z0-9]{2,5}$/i, ""), canvas: reduced(bitmap, LONGEST) };
    bitmap.close();
    return picture;
}

export async function readExample({ name, file }) {
    const response = await fetch(file);
    return readPicture(await response.blob(), name);
}

const KINDS = { weights: /\.(safetensors|pth|pt|npz|npy|mat|h5|hdf5|keras)$/i, painters: /\.nstpaint$/i, pictures: /(?:)/ };

/** What was dropped or pasted, by the names: { weights, painters, pictures }, each a list of files. */
export function sortFiles(files) {
    const kindOf = ({ name }) => Object.keys(KINDS).find((kind) => KINDS[kind].test(name));
    return Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, files.filter((file) => kindOf(file) === kind)]));
}

/** A copy of SOURCE with at most SIDE pixels on a side. */
export function reduced(source, side) {
    const scale = Math.min(1, side / Math.max(source.width, source.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(source.width * scale));
    canvas.height = Math.max(1, Math.round(source.height * scale));
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    context.drawImage(source, 0, 0, canvas.width, canvas.height);
    return canvas;
}

function checkSize(name, width, height) {
    const megapixels = Math.round((width * height) / 1e6);
    if (megapixels > MOST_MEGAPIXELS) throw new PictureError(strings.tooLarge(name, megapixels, MOST_MEGAPIXELS));
    if (Math.min(width, height) < LEAST) throw new PictureError(strings.tooSmall(name, LEAST));
}

/** Width and height from the header of a PNG or JPEG file; null where they are not found. */
async function statedSize(blob) {
    const view = new DataView(await blob.slice(0, 1 << 18).arrayBuffer());
    if (view.byteLength >= 24 && view.getUint32(0) === 0x89504e47)
        return { width: view.getUint32(16), height: view.getUint32(20) };
    if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null;
    for (let at = 2; at + 9 <= view.byteLength && view.getUint8(at) === 0xff; at += 2 + view.getUint16(at + 2)) {
        const marker = view.getUint8(at + 1);
        const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
        if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    }
    return null;
}
