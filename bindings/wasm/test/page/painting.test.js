// Painting in the page: with threads and without, against the native library, stopped, gone on with, saved.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import {
    bricks, decode, difference, drop, dropPictures, finished, hills, launch, open, paint, painter, save, serve, set, text, waves,
} from "./visit.js";

const run = promisify(execFile);
const program = process.env.NST_PROGRAM;
const network = new URL("../../../../lib/model/lite.safetensors", import.meta.url);
let server, browser, scratch, stylize;

before(async () => {
    [server, browser, scratch] = [await serve(), await launch(), await mkdtemp(join(tmpdir(), "nst-page-"))];
    stylize = ["stylize", join(scratch, hills.name), join(scratch, waves.name)];
    for (const { name, bytes } of [hills, waves]) await writeFile(join(scratch, name), bytes);
});
after(async () => {
    await browser?.close();
    await server?.close();
    if (scratch) await rm(scratch, { recursive: true });
});

async function chosen(options) {
    const page = await open(browser, server.url, options);
    await dropPictures(page, "#wall", hills, waves); // the first is the picture, the others are paintings
    await set(page);
    return page;
}

async function nativeLoss(file) {
    const pictures = ["-c", join(scratch, hills.name), "-s", join(scratch, waves.name)];
    const { stdout } = await run(program, ["eval", file, ...pictures, "--json"]);
    return JSON.parse(stdout).total;
}

test("a drop of two pictures is painted as by the native library, with threads and without", async () => {
    assert.ok(program, "expected in NST_PROGRAM the program nst");
    const page = await chosen({ reducedMotion: "reduce" }); // what is seen is compared: without a fade
    assert.match(await text(page, "#name"), /hills/);
    await paint(page);
    assert.match(await text(page, "#name"), /hills, after waves/);
    const many = await save(page);
    assert.equal(many.name, "hills, after waves.png");
    assert.deepEqual([many.width, many.height], [256, 192]);

    const shown = await page.locator("#after").evaluate((canvas) => canvas.toDataURL().split(",")[1]);
    assert.equal(difference(many, await decode(page, Buffer.from(shown, "base64"))), 0, "the file is what is seen");

    const one = await chosen({ isolated: false, serviceWorkers: "block" });
    assert.match(await text(one, "#size-note"), /Only one thread is used: the server does not isolate the page/);
    await paint(one);
    assert.equal(difference(many, await save(one)), 0, "the number of threads changes nothing");

    // Rounding grows in a run: the native library's instruction sets differ as much among themselves.
    const files = { web: join(scratch, "web.png") };
    await writeFile(files.web, many.bytes);
    const pictures = { web: many };
    for (const simd of ["auto", "generic"]) {
        files[simd] = join(scratch, `${simd}.png`);
        await run(program, [...stylize, "-o", files[simd], "--size", "256", "--effort", "instant", "--simd", simd]);
        pictures[simd] = await decode(page, await readFile(files[simd]));
    }
    const spread = difference(pictures.auto, pictures.generic), apart = difference(many, pictures.auto);
    assert.ok(apart < Math.max(4, 1.5 * spread), `expected at most 1.5 times ${spread} of 255 apart, found ${apart}`);
    const [ours, theirs] = [await nativeLoss(files.web), await nativeLoss(files.auto)];
    assert.ok(Math.abs(ours / theirs - 1) < 0.1, `expected the same loss, found ${ours} and ${theirs}`);
    assert.deepEqual([...page.failures, ...one.failures], []);
});

test("the objective is that of the native library to 1e-4", async () => {
    const page = await open(browser, server.url);
    const files = [hills, waves].map(({ bytes }) => bytes.toString("base64"));
    const loss = await page.evaluate(async (files) => {
        const { stylize } = await import("./libnst/index.js");
        const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
        const [content, style] = files.map((base64) => new Blob([bytes(base64)]));
        let first;
        await stylize(content, style, { sizes: "120:2", onProgress: ({ loss }) => { first ??= loss; } });
        return first;
    }, files);
    const log = join(scratch, "run.jsonl");
    await run(program, [...stylize, "-o", join(scratch, "o.png"), "--sizes", "120:2", "--log", log]);
    const expected = JSON.parse((await readFile(log, "utf8")).split("\n")[0]).total;
    assert.ok(Math.abs(loss / expected - 1) < 1e-4, `expected ${expected}, found ${loss}`);
});

test("a run is stopped, gone on with, and gone on with under another strength", async () => {
    const page = await chosen();
    await set(page, { effort: "fine", size: 512 });
    await page.locator("#paint").click();
    await page.waitForSelector("#what:has-text('left')");
    await page.locator("#stop").click();
    await page.waitForSelector("#what:has-text('Stopped')");
    assert.equal(await text(page, "#paint"), "Go on");
    assert.equal((await save(page)).width, 512, "what was painted so far can be saved");

    await set(page, { effort: "instant", size: 256 });
    assert.equal(await text(page, "#paint"), "Paint again", "another effort is another run");
    await paint(page);
    const first = await save(page);
    await page.locator("#strength").fill("0");
    assert.equal(await text(page, "#paint"), "Go on");
    await page.locator("#paint").click();
    const where = await page.waitForSelector("#what:has-text('Painting at')").then((what) => what.innerText());
    assert.match(where, /Painting at 256 pixels/, "it goes on at the last size");
    await finished(page);
    const nearer = await save(page);
    const picture = await page.evaluate(async () => {
        const canvas = new OffscreenCanvas(256, 192);
        canvas.getContext("2d").drawImage(document.getElementById("before"), 0, 0, 256, 192);
        return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())];
    });
    const content = await decode(page, Buffer.from(picture));
    assert.ok(difference(nearer, content) < difference(first, content) - 1, "a lower strength keeps more of the picture");
    await page.locator("#stroke").fill("2");
    assert.equal(await text(page, "#paint"), "Paint again");
    assert.deepEqual(page.failures, []);
});

test("without isolation a stopped run goes on too", async () => {
    const page = await chosen({ isolated: false, serviceWorkers: "block" });
    await set(page, { effort: "fine", size: 384 });
    await page.locator("#paint").click();
    await page.waitForSelector("#what:has-text('left')");
    await page.keyboard.press("Escape");
    await page.waitForSelector("#what:has-text('Stopped')");
    await page.locator("#strength").fill("10");
    await page.locator("#paint").click();
    await page.waitForSelector("#what:has-text('Painting at 384 pixels')");
    await page.locator("#stop").click();
    await page.waitForSelector("#what:has-text('Stopped')");
    assert.deepEqual(page.failures, []);
});

test("knobs change the picture: colours, strokes, two paintings at once", async () => {
    const page = await chosen();
    await paint(page);
    const seen = [await save(page)];
    const knobs = [
        () => set(page, { colour: "luma" }), () => set(page, { colour: "style", stroke: 3 }),
        async () => {
            await set(page, { stroke: 0 });
            await dropPictures(page, "#painting-set", bricks);
        },
    ];
    for (const move of knobs) {
        await move();
        await paint(page);
        const next = await save(page);
        for (const last of seen) assert.ok(difference(next, last) > 2);
        seen.push(next);
    }
    assert.match(await text(page, "#name"), /hills, after waves and bricks/);
    assert.deepEqual(page.failures, []);
});

test("weights that are dropped are the network, and others are refused with the library's words", async () => {
    const page = await chosen();
    await paint(page);
    const builtIn = await save(page);
    await drop(page, "#wall", { name: "vgg19.safetensors", bytes: await readFile(network) });
    assert.equal(await text(page, "#paint"), "Paint again");
    await paint(page);
    assert.equal(difference(builtIn, await save(page)), 0);
    await drop(page, "#wall", { name: "broken.safetensors", bytes: Buffer.from("no weights at all") });
    await page.locator("#paint").click();
    await page.waitForSelector("#alert:has-text('could not be painted: ')");
    await page.locator("#more summary").click();
    await page.locator("#built-in").click();
    await paint(page);
    assert.equal(difference(builtIn, await save(page)), 0);
});

test("a painter that is dropped paints at once, as by the native library", async () => {
    const file = join(scratch, "quick.nstpaint"), out = join(scratch, "quick.png"), quick = await painter();
    await writeFile(file, quick.bytes);
    const page = await open(browser, server.url, { reducedMotion: "reduce" });
    await dropPictures(page, "#wall", hills);
    await dropPictures(page, "#painting-set", quick);
    await finished(page);
    assert.match(await text(page, "#name"), /hills, after quick/);
    assert.deepEqual([await page.locator("#paint").isVisible(), await page.locator("#stroke").isVisible()], [false, false]);
    const whole = await save(page);
    assert.equal(whole.name, "hills, after quick.png");
    await run(program, ["paint", join(scratch, hills.name), "--painter", file, "-o", out]);
    const native = await decode(page, await readFile(out)), plain = await decode(page, hills.bytes);
    assert.ok(difference(whole, native) < 0.01, `${difference(whole, native)} of 255 apart`);
    assert.ok(difference(whole, plain) > 10);

    const strength = page.locator("#strength"), label = () => page.locator("#strength").getAttribute("aria-valuetext");
    assert.equal(await label(), "100 % painted");
    await strength.fill("6");
    assert.equal(await label(), "50 % painted");
    const half = (x, y) => Math.abs(difference(x, plain) / difference(y, plain) - 0.5) < 0.05;
    let mixed;
    for (let i = 0; i < 50 && !(mixed && half(mixed, whole)); i++) mixed = await save(page); // it is painted meanwhile
    assert.ok(half(mixed, whole), "half as far from the picture");

    await page.getByRole("checkbox", { name: "Stone mosaic" }).check({ force: true });
    assert.equal(await page.getByRole("checkbox", { name: "quick" }).isChecked(), false, "a painter paints alone");
    assert.equal(await strength.inputValue(), "8", "each has a strength of its own");
    await set(page);
    await paint(page);
    assert.match(await text(page, "#name"), /hills, after Stone mosaic/);
    await page.getByRole("checkbox", { name: "quick" }).check({ force: true });
    await page.waitForSelector("#name:has-text('after quick')");
    assert.equal(await page.getByRole("checkbox", { name: "Stone mosaic" }).isChecked(), false);
    await dropPictures(page, "#wall", bricks);
    await page.waitForSelector("#name:has-text('bricks, after quick')");
    await page.getByRole("button", { name: "Remove quick" }).click();
    assert.ok(await page.locator("#paint").isVisible());
    assert.deepEqual(page.failures, []);

    await drop(page, "#wall", { ...quick, name: "cut.nstpaint", bytes: quick.bytes.subarray(0, 9000) });
    await page.waitForSelector("#alert:has-text('cut.nstpaint cannot paint: ')");
    assert.deepEqual(page.failures, []);
});

test("a painter ends a run, and paints then", async () => {
    const page = await chosen();
    await set(page, { effort: "fine", size: 512 });
    await page.locator("#paint").click();
    await page.waitForSelector("#what:has-text('left')");
    await dropPictures(page, "#painting-set", await painter());
    await page.waitForSelector("#name:has-text('hills, after quick')");
    await finished(page);
    assert.equal((await save(page)).width, 120, "at the size of the picture");
    assert.deepEqual(page.failures, []);
});

test("where the memory ends, a smaller picture is painted, and it is said", async () => {
    // 1/16 GB: the page gives the library half of it
    const script = () => Object.defineProperty(navigator, "deviceMemory", { get: () => 1 / 16 });
    const page = await chosen({ script });
    assert.equal(await page.locator("#size").inputValue(), "256");
    await set(page, { size: 1024 });
    await page.locator("#paint").click();
    await finished(page);
    const said = await text(page, "#alert");
    const [, size] = said.match(/not enough memory for \d+ pixels\. The picture is painted at (\d+)/) ?? assert.fail(said);
    assert.equal((await save(page)).width, Number(size));
});
