// What the tests of the page share: a server for the folder, the browser, pictures, and what a visitor does.
//     NST_PAGE=FOLDER NST_PROGRAM=build/nst node --test bindings/wasm/test/page/
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { deflateSync } from "node:zlib";
import { chromium } from "playwright-core";

export const folder = process.env.NST_PAGE;
if (!folder) throw new Error("expected in NST_PAGE the folder of the page");

const TYPES = {
    ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm",
    ".svg": "image/svg+xml", ".jpg": "image/jpeg", ".webmanifest": "application/manifest+json",
};

/** Any web server: it sets no header but the type. */
export function serve() {
    const server = createServer(async (request, response) => {
        const { pathname } = new URL(request.url, "http://any");
        try {
            const body = await readFile(join(folder, pathname.endsWith("/") ? `${pathname}index.html` : pathname));
            response.writeHead(200, { "Content-Type": TYPES[extname(pathname)] ?? "text/html" }).end(body);
        } catch {
            response.writeHead(404).end();
        }
    });
    return new Promise((resolve) => {
        server.listen(0, "127.0.0.1", () => resolve({
            url: `http://127.0.0.1:${server.address().port}/`,
            close: () => new Promise((closed) => {
                server.close(closed);
                server.closeAllConnections();
            }),
        }));
    });
}

export function launch() {
    return chromium.launch({
        executablePath: process.env.NST_CHROMIUM ?? "/usr/bin/chromium",
        args: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
    });
}

/** The page in a context of its own, ready. OPTIONS are those of a context; ISOLATED: wait for the threads. */
export async function open(browser, url, { isolated = true, script, ...options } = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(120000);
    const page = await context.newPage();
    page.requested = [];
    page.failures = [];
    context.on("request", (request) => page.requested.push(request.url()));
    page.on("pageerror", (error) => page.failures.push(error.message));
    page.on("console", (message) => message.type() === "error" && page.failures.push(message.text()));
    if (script) await page.addInitScript(script);
    await page.goto(url);
    const ready = (isolated) => document.body?.classList.contains("ready") && crossOriginIsolated === isolated;
    await page.waitForFunction(ready, isolated);
    return page;
}

/* What a visitor does. */

const transfer = (page, files) => page.evaluateHandle((files) => {
    const data = new DataTransfer();
    for (const { name, base64, type } of files)
        data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name, { type }));
    return data;
}, files.map(({ name, bytes, type = "image/png" }) => ({ name, base64: Buffer.from(bytes).toString("base64"), type })));

export async function drop(page, selector, ...files) {
    const dataTransfer = await transfer(page, files);
    await page.dispatchEvent(selector, "dragenter", { dataTransfer });
    await page.dispatchEvent(selector, "drop", { dataTransfer });
}

/** Drops pictures that are good, and waits until they are there. */
export async function dropPictures(page, selector, ...files) {
    const count = () => page.locator(".tile canvas").count();
    const before = await count();
    await drop(page, selector, ...files);
    await page.waitForFunction((all) => document.querySelectorAll(".tile canvas").length === all, before + files.length);
}

export async function paste(page, selector, ...files) {
    const data = await transfer(page, files);
    await page.locator(selector).evaluate((element, clipboardData) =>
        element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true })), data);
}

export async function set(page, { effort = "instant", size = 256, colour, strength, stroke } = {}) {
    await page.locator(`input[name=effort][value=${effort}]`).check({ force: true });
    if (colour) await page.locator(`input[name=colour][value=${colour}]`).check({ force: true });
    if (size) await page.locator("#size").selectOption(String(size));
    if (strength !== undefined) await page.locator("#strength").fill(String(strength));
    if (stroke !== undefined) await page.locator("#stroke").fill(String(stroke));
}

export const finished = (page) => page.waitForSelector("#what:has-text('painted in')");

export async function paint(page) {
    await page.locator("#paint").click();
    await finished(page);
}

/** The file that Save PNG gives: { name, bytes, width, height, data } with RGBA. */
export async function save(page) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#save").click()]);
    const bytes = await readFile(await download.path());
    return { name: download.suggestedFilename(), bytes, ...(await decode(page, bytes)) };
}

export async function decode(page, bytes) {
    const { width, height, base64 } = await page.evaluate(async (base64) => {
        const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))]));
        const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
        context.drawImage(bitmap, 0, 0);
        const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
        let text = "";
        for (let i = 0; i < data.length; i += 8192) text += String.fromCharCode(...data.subarray(i, i + 8192));
        return { width: bitmap.width, height: bitmap.height, base64: btoa(text) };
    }, Buffer.from(bytes).toString("base64"));
    return { width, height, data: Buffer.from(base64, "base64") };
}

export const text = (page, selector) => page.locator(selector).innerText();

/** Mean absolute difference of two pictures, 0..255. */
export function difference(a, b) {
    let sum = 0;
    for (let i = 0; i < a.data.length; i++) sum += Math.abs(a.data[i] - b.data[i]);
    return a.width === b.width && a.height === b.height ? sum / a.data.length : Infinity;
}

/* Pictures, and a painter. */

const run = promisify(execFile);

/** A file for drop(): a painter after two steps of training. */
export async function painter() {
    const scratch = await mkdtemp(join(tmpdir(), "nst-painter-"));
    try {
        await Promise.all([hills, waves, bricks].map(({ name, bytes }) => writeFile(join(scratch, name), bytes)));
        const out = join(scratch, "quick.nstpaint"), style = join(scratch, waves.name);
        await run(process.env.NST_PROGRAM, ["train", "--style", style, "--photos", scratch, "-o", out, "--steps", "2", "--size", "64"]);
        return { name: "quick.nstpaint", bytes: await readFile(out), type: "" };
    } finally {
        await rm(scratch, { recursive: true });
    }
}

/** The checksum of PNG's chunks; zlib.crc32() is not in Node 18. */
function crc32(bytes) {
    let crc = -1;
    for (const byte of bytes) {
        crc ^= byte;
        for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc >>> 0;
}

function chunk(type, data) {
    const body = Buffer.concat([Buffer.from(type), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc32(body), out.length - 4);
    return out;
}

/** A PNG file whose pixel at (x, y) is COLOUR(x, y), an array of three of 0..255. */
export function png(width, height, colour) {
    const rows = Buffer.alloc(height * (1 + 3 * width));
    for (let y = 0, at = 0; y < height; y++) {
        rows[at++] = 0;
        for (let x = 0; x < width; x++) for (const value of colour(x, y)) rows[at++] = value;
    }
    return file(width, height, deflateSync(rows));
}

/** A PNG file that says it has WIDTH x HEIGHT pixels, with the compressed rows DATA. */
export function file(width, height, data) {
    const header = Buffer.alloc(13);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    header.set([8, 2, 0, 0, 0], 8);
    const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
    return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

export const hills = {
    name: "hills.png",
    bytes: png(120, 90, (x, y) => (y > 50 + 12 * Math.sin(x / 14) ? [60, 120 + (x % 9) * 6, 50] : [90, 150, 255 - y])),
};
export const waves = {
    name: "waves.png",
    bytes: png(100, 100, (x, y) => [128 + 120 * Math.sin(x / 5 + y / 9), 110 + 90 * Math.sin(y / 4), 200 - x].map(Math.round)),
};
export const bricks = {
    name: "bricks.png",
    bytes: png(96, 96, (x, y) => (y % 12 < 2 || (x + (y % 24 < 12 ? 0 : 8)) % 16 < 2 ? [225, 215, 200] : [170, 60 + (x % 16), 40])),
};
