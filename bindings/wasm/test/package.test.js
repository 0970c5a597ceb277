// The package in Node, against the native program. NST_PACKAGE is the folder of the package, NST_PROGRAM the program nst.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { content, distance, file, folder, model, native, other, picture, program, read, style } from "./pictures.js";

const root = process.env.NST_PACKAGE;
const load = (name) => import(pathToFileURL(join(root, name)));
const { capabilities, NstError, paint, Painter, parameters, presets, stylize, Transfer, version } = await load("index.js");
const { compiled, lite, newWorker } = await load("environment.js");
const needsProgram = { skip: !program && "NST_PROGRAM is not set" };
const small = { size: 64, effort: "instant" };

async function transfer(options, settings = {}) {
    const made = await Transfer.create(options);
    await made.set(settings);
    await made.setContent(content);
    await made.setStyles(style);
    return made;
}

// As in a page without the headers.
async function notIsolated(action) {
    globalThis.crossOriginIsolated = false;
    try {
        return await action();
    } finally {
        delete globalThis.crossOriginIsolated;
    }
}

function bits(painting) {
    return Buffer.from(painting.data.buffer).toString("base64");
}

// ---- The same as the native library ----

const objectives = {
    "the default": {}, w2: { styleLoss: "w2" }, centred: { styleLoss: "centred" }, "matting and tv": { mattingWeight: 100, tvWeight: 0.01 },
    gatys: { form: "gatys", contentLayers: "relu2_2" },
};

for (const [name, options] of Object.entries(objectives))
    test(`objective: ${name}`, needsProgram, async () => {
        const flags = Object.entries(options).flatMap(([key, value]) => [`--${parameters.find((row) => row.key === key).name}`, value]);
        const c = file("content.ppm", content), s = file("style.ppm", style);
        const wanted = JSON.parse(native("eval", c, "--content", c, "--style", s, "--json", ...flags)).total;
        const { loss } = await stylize(content, style, { ...options, size: 128, sizes: "none", steps: 1 });
        assert.ok(wanted > 0 && Math.abs(loss / wanted - 1) < 1e-4, `expected ${wanted}, found ${loss}`);
    });

test("objective: weights from a file", needsProgram, async () => {
    const path = join(folder, "small.safetensors"), c = file("content.ppm", content), s = file("style.ppm", style);
    writeFileSync(path, model());
    const layers = ["--style-layers", "conv1_1,conv2_1", "--content-layers", "conv2_2"];
    const wanted = JSON.parse(native("eval", c, "--content", c, "--style", s, "--json", "--model", path, ...layers)).total;
    for (const weights of [path, pathToFileURL(path), new Blob([model()]), model()]) {
        const { loss } = await stylize(content, style, { weights, size: 128, sizes: "none", steps: 1, styleLayers: ["conv1_1", "conv2_1"], contentLayers: { conv2_2: 1 } });
        assert.ok(Math.abs(loss / wanted - 1) < 1e-4, `expected ${wanted}, found ${loss}`);
    }
});

for (const [name, options] of Object.entries({ "L-BFGS": {}, Adam: { optimizer: "adam", learningRate: 0.03 } }))
    test(`picture: ${name}`, needsProgram, async () => {
        const flags = name === "Adam" ? ["--optimizer", "adam", "--learning-rate", 0.03] : [], out = join(folder, "native.ppm");
        native("stylize", file("content.ppm", content), file("style.ppm", style), "-o", out, "--size", 128, "--steps", 8, ...flags);
        const painting = await stylize(content, style, { ...options, size: 128, steps: 8 });
        assert.deepEqual([painting.width, painting.height, painting.stopReason], [128, 96, "budget"]);
        const apart = distance(painting, read(out)), moved = distance(painting, { rgb: read(file("content.ppm", content)).rgb });
        assert.ok(apart < 1 && moved > 10, `${apart} from the native picture, ${moved} from the content`);
    });

// ---- Threads ----

test("any number of threads, and the build without, give the same bits", async () => {
    const results = [];
    for (const threads of [1, 2]) results.push(await stylize(content, style, { ...small, threads }));
    await notIsolated(async () => {
        assert.match(capabilities().note, /One thread.*cross-origin isolated/);
        assert.equal(capabilities().threads, 1);
        results.push(await stylize(content, style, small));
    });
    assert.equal(capabilities().note, "");
    assert.equal(bits(results[1]), bits(results[0]));
    assert.equal(bits(results[2]), bits(results[0]));
});

// ---- Options and errors ----

test("every parameter is an option", async () => {
    const made = await Transfer.create();
    for (const { key, kind, choices, min } of parameters) {
        const value = kind === "choice" ? (key === "simd" ? "auto" : choices[0]) : key === "sizes" ? [[64, 3], 128] : /Layers$/.test(key) ? { conv1_1: 1 } : kind === "text" ? "" : min;
        await made.set({ [key]: value });
    }
    for (const preset of Object.keys(presets)) await made.set({ preset });
    made.close();
    assert.ok(parameters.length > 30 && "content" in presets && version === JSON.parse(readFileSync(join(root, "package.json"))).version);
});

test("mistakes have the message of the library", async () => {
    const made = await Transfer.create();
    const fails = (promise, status, message) => assert.rejects(promise, (error) => error instanceof NstError && error.status === status && message.test(error.message) || assert.fail(`${error.status}: ${error.message}`));
    await fails(made.set({ size: -3 }), "range", /size: expected 0 to 65535, found -3/);
    await fails(made.set({ effort: "most" }), "name", /effort.*instant.*most/);
    await fails(made.run(), "state", /content/);
    await fails(made.resume(), "state", /run before resume/);
    assert.throws(() => made.set({ sise: 3 }), /no option is called 'sise'.*size/);
    await made.setContent(content);
    await fails(made.setContent({ width: 3, height: 2, data: new Uint8Array(5) }), "argument", /content: expected 24 bytes of RGBA for 3 x 2 pixels, found Uint8Array of 5/);
    await fails(made.setStyles([style, "style.jpg"]), "argument", /style: expected \{width, height, data\}.*found string/);
    await fails(made.setStyles({ picture: style, weight: -1 }), "range", /share|weight/);
    await fails(stylize(content, style, { weights: new Uint8Array(100) }), "format", /./);
    await fails(stylize(content, style, { weights: join(folder, "none.safetensors") }), "not-found", /none.safetensors/);
    await fails(stylize(content, style, { styleLayers: "conv5_1" }), "no-layer", /conv5_1/);
    made.close();
    await fails(made.run(), "state", /closed/);
});

// ---- Runs ----

test("progress goes up, previews come", async () => {
    const seen = [];
    const painting = await stylize(content, style, { size: 256, preview: 1, onProgress: (progress) => seen.push(progress) });
    assert.ok(seen.length > 2 && seen.every((p, i) => i === 0 || p.fraction >= seen[i - 1].fraction));
    const { picture: last, ...numbers } = seen.at(-1);
    assert.equal(last.data.length, 4 * last.width * last.height);
    for (const [key, value] of Object.entries(numbers)) assert.ok(Number.isFinite(value) && value >= 0, `${key}: ${value}`);
    assert.ok(numbers.contentLoss + numbers.styleLoss <= numbers.loss * 1.0001 && numbers.styleLoss > 0);
    assert.equal(painting.data.length, 4 * 256 * 192);
});

async function abort(options) {
    const made = await transfer(options, { size: 512, effort: "fine" });
    const controller = new AbortController(), start = performance.now();
    let asked;
    const run = made.run({ signal: controller.signal, preview: 0, onProgress: () => { asked ??= performance.now(); controller.abort(); } });
    await assert.rejects(run, { name: "AbortError" });
    assert.ok(asked > start);
    await made.set({ size: 64 });
    const resumed = await made.resume({ evaluations: 2 });
    assert.deepEqual([resumed.width, resumed.height], [64, 48]);
    await assert.rejects(made.run({ signal: AbortSignal.abort() }), { name: "AbortError" });
    made.close();
}

test("a signal ends a run, and the next goes on from its picture", () => abort());
test("the same where the Worker has to be ended", () => notIsolated(() => abort()));

test("a weight moves and the run goes on", async () => {
    const made = await transfer({}, small);
    const first = await made.run();
    await made.set({ contentWeight: 10 });
    const second = await made.resume({ evaluations: 3 });
    const apart = (a, b) => a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]), 0);
    assert.ok(apart(first, second) > 1000);
    await made.setStyles([{ picture: style, weight: 2 }, { picture: other, mask: picture(128, 96, (x) => (x < 64 ? [255, 255, 255] : [0, 0, 0])) }]);
    const third = await made.run();
    assert.ok(apart(second, third) > 1000);
    assert.ok((await made.memory()) > 1e6);
    made.close();
});

test("no memory is an error, and the transfer goes on", async () => {
    for (const isolated of [true, false]) {
        if (!isolated) globalThis.crossOriginIsolated = false;
        const made = await transfer({ maxMemory: 48 * 2 ** 20 }, { size: 2048 });
        await assert.rejects(made.run(), (error) => error.status === "out-of-memory" && /out of memory: .* were needed/.test(error.message));
        await made.set(small);
        assert.equal((await made.run()).width, 64);
        made.close();
    }
    delete globalThis.crossOriginIsolated;
});

test("what is replaced is freed", async (t) => {
    const worker = newWorker(), waiting = [];
    t.after(() => worker.terminate());
    let count = 0;
    worker.onmessage = ({ data: { call, error, result } }) => call in waiting && (error ? waiting[call].reject(new Error(error.message)) : waiting[call].resolve(result));
    const call = (method, argument) => new Promise((resolve, reject) => {
        waiting[count] = { resolve, reject };
        worker.postMessage({ call: count++, method, argument });
    });
    await call("start", { compiled: await compiled(true), threads: 1, weights: await lite() });
    await call("set", small);
    const large = picture(600, 500, (x, y) => [x & 255, y & 255, 99]); // 3.6 MB in the library
    const round = async (i) => {
        await call("content", large);
        await call("styles", [{ number: i, picture: large, weight: 1, mask: large }]);
        await call("run", {});
    };
    for (let i = 0; i < 3; i++) await round(i);
    const before = await call("heap");
    for (let i = 3; i < 23; i++) await round(i);
    assert.equal(await call("heap"), before);
});

test("a Transfer that is forgotten ends its Worker", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc"), { Worker } = await load("node.js"), { postMessage, terminate } = Worker.prototype;
    let own, ended = 0; // earlier tests have forgotten Transfers too
    Worker.prototype.postMessage = function (...message) {
        own ??= this;
        postMessage.apply(this, message);
    };
    Worker.prototype.terminate = function () {
        if (this === own) ended++;
        terminate.call(this);
    };
    try {
        await (async () => void (await Transfer.create()))();
        for (let i = 0; i < 100 && !ended; i++) {
            collect();
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
    } finally {
        Object.assign(Worker.prototype, { postMessage, terminate });
    }
    assert.equal(ended, 1);
});

// ---- Painters ----

// The file of a painter after a few steps, and what the native program paints with it.
function trained(name, ...flags) {
    const photos = join(folder, "photos"), out = join(folder, name);
    mkdirSync(photos, { recursive: true });
    for (const [i, photo] of [content, style, other].entries()) file(join("photos", `${i}.ppm`), photo);
    native("train", "--style", file("style.ppm", style), "--photos", photos, "-o", out, "--steps", 2, "--size", 64, "-q", ...flags);
    return out;
}

function painted(painter, name, picture, strength) {
    const out = join(folder, "painted.ppm");
    native("paint", file(name, picture), "--painter", painter, "-o", out, "--strength", strength, "-q");
    return read(out);
}

test("a painter paints as the native program does", needsProgram, async () => {
    const path = trained("p.nstpaint"), bytes = readFileSync(path);
    for (const [name, picture] of Object.entries({ content, style, other }))
        for (const strength of [1, 0.4]) {
            const wanted = painted(path, `${name}.ppm`, picture, strength);
            const result = await paint(picture, { painter: path, strength });
            assert.deepEqual([result.width, result.height], [wanted.width, wanted.height]);
            assert.ok(distance(result, wanted) < 0.01, `${name}: ${distance(result, wanted)} of 255 apart`);
            assert.ok(distance(result, { rgb: read(file(`${name}.ppm`, picture)).rgb }) > 5, "something is painted");
        }
    const whole = bits(await paint(content, { painter: path }));
    for (const painter of [pathToFileURL(path), new Blob([bytes]), bytes, bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)])
        assert.equal(bits(await paint(content, { painter, threads: 1 })), whole);
    assert.equal(await notIsolated(async () => bits(await paint(content, { painter: path }))), whole);
});

test("a Painter says what it is, paints many pictures, and is closed", needsProgram, async () => {
    const painter = await Painter.create(trained("p.nstpaint", "--seed", 3));
    assert.equal(painter.style, "style.ppm");
    assert.match(painter.training, /lite, 2 crops of 64 pixels a step from 3 photos, seed 3/);
    const first = painter.paint(content), second = painter.paint(other, { strength: 0 });
    assert.equal((await first).width, 128);
    assert.equal(Buffer.compare(Buffer.from((await second).data), Buffer.from(other.data)), 0);
    const veil = { ...content, data: content.data.map((value, i) => (i % 4 === 3 ? i % 256 : value)) };
    const { data } = await painter.paint(veil);
    assert.ok(data.every((value, i) => i % 4 < 3 || value === i % 256), "alpha stays");
    const controller = new AbortController(), large = painter.paint(picture(1200, 1000, (x, y) => [x & 255, y & 255, 0]), { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await assert.rejects(large, { name: "AbortError" });
    assert.equal(bits(await painter.paint(content)), bits(await first));
    await assert.rejects(painter.paint(content, { strength: 1.5 }), { status: "range", message: /strength: expected 0 to 1, found 1.5/ });
    painter.close();
    await assert.rejects(painter.paint(content), { status: "state", message: /Painter is closed/ });
});

test("what is no painter is refused", needsProgram, async () => {
    const bytes = readFileSync(trained("p.nstpaint"));
    const fails = (painter, status, message) => assert.rejects(paint(content, { painter }), (error) => error instanceof NstError && error.status === status && message.test(error.message) || assert.fail(`${error.status}: ${error.message}`));
    await fails(model(), "format", /expected a painter of nst train/);
    await fails(bytes.subarray(0, 5000), "corrupt", /cut short/);
    const old = Buffer.from(bytes);
    old.write("1", old.indexOf('"version":"2"') + 11);
    await fails(old, "unsupported", /version 2, found version 1, which has to be trained again/);
    await fails(undefined, "argument", /painter: expected a Blob.*found undefined/);
    await fails(join(folder, "none.nstpaint"), "not-found", /none\.nstpaint/);
});

// ---- Files ----

test("npm packs every file", () => {
    const [{ files }] = JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json", "--offline", root], { encoding: "utf8", cwd: folder }));
    assert.deepEqual(files.map(({ path }) => path).sort(), readdirSync(root).sort());
});

test("a page loads less than 500 kB", () => {
    const size = (name) => gzipSync(readFileSync(join(root, name)), { level: 9 }).length;
    const scripts = readdirSync(root).filter((name) => name.endsWith(".js") && !/^nst|^node/.test(name));
    for (const build of [["nst.js", "nst.wasm"], ["nst-threads.js", "nst-threads.wasm", "nst-threads.worker.js"]]) {
        const total = [...scripts, ...build, "lite.bin"].reduce((sum, name) => sum + size(name), 0);
        console.log(`${build[0]}: ${(total / 1000).toFixed(1)} kB, compressed by gzip`);
        assert.ok(total < 500000, `${build[0]}: ${total}`);
    }
});
