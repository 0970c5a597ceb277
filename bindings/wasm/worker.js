// One transfer or one painter of the library in a Worker. Each message names a method and its arguments; the answer has its number.
import { parameters, statuses, stops } from "./parameters.js";

const WIDTH = 6, HEIGHT = 7, TOTAL = 8, BEST = 9, FRACTION = 11, SECONDS_LEFT = 13, LEVEL = 4, LEVELS = 5; // nst_progress
const ALL_EVALUATIONS = 17, SIZE_STEP = 65536;
const STYLE = 1, TRAINING = 2; // nst_painter_key
const rows = new Map(parameters.map((row) => [row.key, row]));
const handles = { model: 0, transfer: 0, painter: 0, flag: 0, last: 0 };
const styles = new Map(); // the page's number of a style: its handle
const ofOptimizer = new Map();
let lib, memory, slot;

// ---- Memory ----

const bytes = () => new Uint8Array(memory.buffer);
const word = (address) => new Uint32Array(memory.buffer)[address >>> 2];
const double = (address) => new Float64Array(memory.buffer)[address >>> 3];

function text(address) {
    const all = bytes(), end = all.indexOf(0, address >>> 0);
    return new TextDecoder().decode(all.slice(address >>> 0, end)); // a copy: shared memory is not decoded
}

function allocate(size) {
    const address = lib._malloc(size) >>> 0;
    if (!address) throw { status: "out-of-memory", message: `out of memory: ${(size / 1e6).toFixed(1)} MB were needed` };
    return address;
}

// Calls USE with the address of DATA in the library's memory.
function lend(data, use) {
    const address = allocate(data.length);
    try {
        bytes().set(data, address);
        return use(address);
    } finally {
        lib._free(address);
    }
}

const lendText = (string, use) => lend(new TextEncoder().encode(string + "\0"), use);

// ---- Calls ----

function check(status) {
    if (status) throw { status: statuses[status] ?? "internal", message: text(lib._nst_last_error()) || text(lib._nst_status_text(status)) };
}

// The handle that a function returns through its first parameter.
function create(name, ...rest) {
    check(lib["_nst_" + name](slot, ...rest));
    return word(slot);
}

function replace(key, handle, destroy) {
    if (handles[key]) lib[destroy](handles[key]);
    handles[key] = handle;
}

// An opaque picture is RGB.
function withoutAlpha({ width, height, data }) {
    for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return { pixels: data, channels: 4 };
    const pixels = new Uint8Array(3 * width * height);
    for (let from = 0, to = 0; to < pixels.length; from += 4, to += 3) {
        pixels[to] = data[from];
        pixels[to + 1] = data[from + 1];
        pixels[to + 2] = data[from + 2];
    }
    return { pixels, channels: 3 };
}

function withImage(picture, use) {
    const { pixels, channels } = withoutAlpha(picture);
    const image = lend(pixels, (address) => create("image_from_u8", address, picture.width, picture.height, channels, 0));
    try {
        return use(image);
    } finally {
        lib._nst_image_destroy(image);
    }
}

function pixelsOf(image) {
    const width = lib._nst_image_width(image), height = lib._nst_image_height(image), size = 4 * width * height;
    const address = allocate(size);
    check(lib._nst_image_to_u8(image, address, 4, 0));
    const data = new Uint8ClampedArray(bytes().slice(address, address + size).buffer);
    lib._free(address);
    return { width, height, data };
}

// ---- Progress ----

const at = (what) => lib._nst_transfer_progress(handles.transfer, what);

function terms() {
    const sums = { content: 0, style: 0 };
    for (let i = 0; i < lib._nst_transfer_term_count(handles.transfer); i++) {
        check(lib._nst_transfer_term(handles.transfer, i, slot, slot + 8, slot + 16));
        const kind = text(word(slot)).split("/")[0];
        if (kind in sums) sums[kind] += double(slot + 8) * double(slot + 16);
    }
    return sums;
}

function snapshot() {
    const image = create("transfer_snapshot", handles.transfer);
    const picture = pixelsOf(image);
    lib._nst_image_destroy(image);
    return picture;
}

// What the page is told after an evaluation: at most every 30 ms, with a picture every PREVIEW ms.
function reporter(call, preview) {
    let told = -Infinity, shown = -Infinity;
    return () => {
        const now = performance.now(), due = preview !== undefined && now - shown >= preview;
        if (now - told < 30 && !due) return false;
        told = now;
        if (due) shown = now;
        const { content, style } = terms();
        const progress = {
            fraction: at(FRACTION), secondsLeft: at(SECONDS_LEFT), evaluations: at(ALL_EVALUATIONS), level: at(LEVEL),
            levels: at(LEVELS), width: at(WIDTH), height: at(HEIGHT), loss: at(TOTAL), contentLoss: content,
            styleLoss: style, picture: due ? snapshot() : undefined,
        };
        postMessage({ call, progress }, due ? [progress.picture.data.buffer] : []);
        return false;
    };
}

// ---- Methods ----

function optimizer() {
    if (ofOptimizer.size === 0) return 0;
    const made = create("transfer_make_optimizer", handles.transfer);
    for (const [number, value] of ofOptimizer) check(lendText(value, (address) => lib._nst_optimizer_set_text(made, number, address)));
    return made;
}

function transferOf(weights) {
    handles.model = lend(weights, (address) => create("model_decode", address, weights.length, 0));
    handles.transfer = create("transfer_create", handles.model);
    handles.flag = allocate(4);
    new Int32Array(memory.buffer)[handles.flag >>> 2] = 0;
    check(lib._nst_transfer_set_cancel_flag(handles.transfer, handles.flag));
    check(lib._nst_wasm_report(handles.transfer));
}

function painterOf(file, threads) {
    handles.painter = lend(file, (address) => create("painter_decode", address, file.length));
    const engine = create("engine_create");
    check(lib._nst_engine_set_int(engine, rows.get("threads").number, threads, 0)); // the lower and the upper half
    check(lib._nst_painter_set_engine(handles.painter, engine));
    lib._nst_engine_destroy(engine);
}

function stylize(call, preview, run) {
    let solver = 0;
    module.progress = reporter(call, preview);
    try {
        solver = optimizer();
        replace("last", run(solver), "_nst_image_destroy");
    } finally {
        if (solver) lib._nst_optimizer_destroy(solver);
    }
    const warnings = text(lib._nst_transfer_warnings(handles.transfer));
    return {
        ...pixelsOf(handles.last), stopReason: stops[lib._nst_transfer_stop_reason(handles.transfer)], loss: at(BEST),
        warnings: warnings ? warnings.split("\n") : [],
    };
}

const module = {};
const methods = {
    // A painter if PAINTER is its file, else a transfer with WEIGHTS. THREADS 0: the build without them.
    async start(call, { compiled, threads, maxMemory, weights, painter }) {
        const { default: load } = await (threads ? import("./nst-threads.js") : import("./nst.js"));
        const most = Math.min(65536, Math.max(256, Math.floor((maxMemory ?? 2 ** 32) / SIZE_STEP)));
        memory = newMemory(most, threads > 0);
        Object.assign(module, {
            wasmMemory: memory, threads: Math.max(1, threads - 1), // besides this one; emscripten waits for ever for none
            instantiateWasm: (imports, done) => {
                WebAssembly.instantiate(compiled, imports).then((instance) => done(instance, compiled));
                return {};
            },
        });
        lib = await load(module);
        slot = allocate(32);
        if (painter) {
            painterOf(painter, Math.max(1, threads));
            const [style, training] = [STYLE, TRAINING].map((key) => text(lib._nst_painter_text(handles.painter, key)));
            return { texts: { style, training } };
        }
        transferOf(weights);
        setOne("threads", Math.max(1, threads));
        return { version: text(lib._nst_version()), memory: threads ? memory : undefined, flag: handles.flag };
    },
    paint(call, { picture, strength }) {
        check(lib._nst_painter_set_strength(handles.painter, strength));
        const painted = withImage(picture, (image) => create("painter_paint", handles.painter, image));
        try {
            return pixelsOf(painted);
        } finally {
            lib._nst_image_destroy(painted);
        }
    },
    content(call, picture) {
        withImage(picture, (image) => check(lib._nst_transfer_set_content(handles.transfer, image)));
    },
    // Styles that were sent before have a number alone.
    styles(call, list) {
        const kept = new Set(list.map(({ number }) => number));
        for (const { number, picture } of list)
            if (picture) styles.set(number, withImage(picture, (image) => create("style_create", image)));
        check(lib._nst_transfer_clear_styles(handles.transfer));
        list.forEach(({ number, weight, mask }, index) => {
            check(lib._nst_transfer_use_style(handles.transfer, styles.get(number), weight));
            if (mask) withImage(mask, (image) => check(lib._nst_transfer_set_style_mask(handles.transfer, index, image)));
        });
        for (const [number, handle] of styles)
            if (!kept.has(number)) {
                lib._nst_style_destroy(handle);
                styles.delete(number);
            }
    },
    // In the order of the table: what sets others, such as effort, comes before them.
    set(call, values) {
        if (values.preset) {
            check(lendText(values.preset, (address) => lib._nst_transfer_set_preset(handles.transfer, address)));
            ofOptimizer.clear();
        }
        for (const key of rows.keys()) if (key in values) setOne(key, values[key]);
    },
    run(call, { preview }) {
        return stylize(call, preview, (solver) => create("transfer_run", handles.transfer, solver));
    },
    // FROM: a picture, where there was no run in this Worker.
    resume(call, { preview, from, evaluations }) {
        const go = (image) => stylize(call, preview, (solver) => create("transfer_resume", handles.transfer, image, evaluations, 0, solver));
        return from ? withImage(from, go) : go(handles.last);
    },
    memory() {
        const solver = optimizer();
        try {
            check(lib._nst_transfer_memory(slot, handles.transfer, solver));
        } finally {
            if (solver) lib._nst_optimizer_destroy(solver);
        }
        return word(slot) + 2 ** 32 * word(slot + 4);
    },
    // The library's memory as a whole, for tests.
    heap: () => memory.buffer.byteLength,
};

function setOne(key, value) {
    const { object, number } = rows.get(key);
    if (object === "optimizer") ofOptimizer.set(number, String(value));
    else check(lendText(String(value), (address) => lib._nst_transfer_set_text(handles.transfer, number, address)));
}

// A browser that does not reserve that much address space gets less.
function newMemory(maximum, shared) {
    for (;;) {
        try {
            return new WebAssembly.Memory({ initial: 256, maximum, shared });
        } catch (error) {
            if (maximum <= 4096) throw error;
            maximum >>>= 1;
        }
    }
}

self.onmessage = async ({ data: { call, method, argument } }) => {
    try {
        const result = await methods[method](call, argument);
        postMessage({ call, result }, result?.data ? [result.data.buffer] : []);
    } catch (error) {
        postMessage({ call, error: { status: error.status ?? "internal", message: String(error.message ?? error) } });
    }
};
