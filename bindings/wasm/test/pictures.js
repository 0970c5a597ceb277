// Pictures, a small model, the native program, for the tests.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const folder = mkdtempSync(join(tmpdir(), "nst-wasm-"));
export const program = process.env.NST_PROGRAM;

export function picture(width, height, color) {
    const data = new Uint8ClampedArray(4 * width * height);
    for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) data.set([...color(x, y), 255], 4 * (y * width + x));
    return { width, height, data };
}

export const content = picture(128, 96, (x, y) => [2 * x, 2 * y, (x - 64) ** 2 + (y - 48) ** 2 < 900 ? 220 : 40]);
export const style = picture(100, 110, (x, y) => [(x * y) % 256, ((x >> 3) * 70 + y) % 256, (x ^ y) & 255]);
export const other = picture(90, 90, (x, y) => [(x % 20) * 12, 128, (y % 15) * 17]);

// The file of a PICTURE that the native program reads.
export function file(name, { width, height, data }) {
    const path = join(folder, name), pixels = Buffer.alloc(3 * width * height);
    for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) pixels[3 * i + c] = data[4 * i + c];
    writeFileSync(path, Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), pixels]));
    return path;
}

export function read(path) {
    const bytes = readFileSync(path), [head, width, height] = /^P6\s(\d+) (\d+)\s255\s/.exec(bytes.subarray(0, 40).toString("latin1"));
    return { width: Number(width), height: Number(height), rgb: bytes.subarray(head.length) };
}

export function native(...options) {
    return execFileSync(program, options.map(String), { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

// The mean distance of the colours of two pictures, 0..255.
export function distance({ data }, { rgb }) {
    let sum = 0;
    for (let i = 0; i < rgb.length / 3; i++) for (let c = 0; c < 3; c++) sum += Math.abs(rgb[3 * i + c] - data[4 * i + c]);
    return sum / rgb.length;
}

// A network of VGG's topology up to conv2_2, as a safetensors file.
export function model() {
    const widths = { 0: [3, 6], 2: [6, 6], 5: [6, 8], 7: [8, 8] }, header = { __metadata__: { input: "rgb01" } }, values = [];
    let seed = 1;
    const noise = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1;
    const add = (name, shape, scale) => {
        const count = shape.reduce((a, b) => a * b), from = 4 * values.length;
        for (let i = 0; i < count; i++) values.push(scale * noise());
        header[name] = { dtype: "F32", shape, data_offsets: [from, from + 4 * count] };
    };
    for (const [layer, [below, width]] of Object.entries(widths)) {
        add(`features.${layer}.weight`, [width, below, 3, 3], Math.sqrt(6 / (9 * below)));
        add(`features.${layer}.bias`, [width], 0.1);
    }
    const text = JSON.stringify(header), head = Buffer.from(text.padEnd(8 * Math.ceil(text.length / 8)));
    const size = Buffer.alloc(8);
    size.writeUInt32LE(head.length);
    return Buffer.concat([size, head, Buffer.from(Float32Array.from(values).buffer)]);
}
