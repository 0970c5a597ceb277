// The page: what is chosen, what is painted, and what is said about it. Each other file has one part.
import { AtOnce, readPainter } from "./at-once.js";
import { hasCamera, hasCameraApp, photograph } from "./camera.js";
import { Wall } from "./compare.js";
import { Curve } from "./curve.js";
import { installWorker, missing, oneThreadNote, suitableSize } from "./device.js";
import { parameters, setKnobsFor, setSize, setUpKnobs, strength } from "./knobs.js";
import { Painter, isAbort, isMemory } from "./painter.js";
import { EXAMPLES, PictureError, readExample, readPicture, sortFiles } from "./pictures.js";
import { fillIn, strings } from "./strings.js";
import { Tiles } from "./tiles.js";

const element = (id) => document.getElementById(id);
fillIn(document);

const wall = new Wall();
const curve = new Curve(element("curve"));
const painter = new Painter();
const atOnce = new AtOnce();
const pictures = new Tiles(element("pictures"), "radio", choose);
const paintings = new Tiles(element("paintings"), "checkbox", refresh);

let network = null; // a File with the weights of VGG-19
let running = null; // the AbortController of the run
let shown = null; // the picture on the wall
let result = null; // { toBlob, name, whole } of the last run; WHOLE unless it was stopped

/* What is chosen. */

function job() {
    return { picture: pictures.chosen[0], paintings: paintings.chosen, parameters: parameters(), strength: strength(), network };
}

const isAtOnce = ({ picture, paintings: [painting] }) => Boolean(picture && painting?.painter);

function choose() {
    const [picture] = pictures.chosen;
    if (!picture || picture === shown) return refresh();
    running?.abort();
    atOnce.forget();
    shown = picture;
    result = null;
    wall.hang(picture);
    const isExample = pictures.isExample(picture);
    const invitation = hasCameraApp ? strings.invitationTouch : strings.invitation;
    describe(picture.name, isExample ? invitation : strings.ready(picture.canvas.width, picture.canvas.height));
    refresh();
}

/** The buttons, by what can be done now. */
function refresh() {
    setKnobsFor(Boolean(paintings.chosen[0]?.painter));
    const now = job();
    if (isAtOnce(now)) paintAtOnce();
    const ready = Boolean(now.picture);
    const goesOn = ready && painter.continues(now);
    element("stop").hidden = !running;
    element("paint").hidden = Boolean(running) || isAtOnce(now);
    element("paint").disabled = !ready || missing() !== null;
    element("paint").textContent = goesOn ? strings.goOn : result ? strings.paintAgain : strings.paint;
    element("save").hidden = Boolean(running) || !result;
    element("save").className = ready && result?.whole && (isAtOnce(now) || painter.isDone(now)) ? "main" : "";
    element("paint").className = element("save").className ? "" : "main";
}

async function take(files, place) {
    warn("");
    const { weights, painters, pictures: found } = sortFiles(files);
    if (weights.length > 0) useNetwork(weights[0]);
    else if (painters.length + found.length === 0) warn(strings.noPictureDropped);
    for (const [i, file] of found.entries()) {
        const isPicture = place === "picture" && i === 0; // further ones are paintings
        await attempt(async () => addOwn(await readPicture(file), isPicture));
    }
    for (const file of painters) await attempt(async () => addOwn(await readPainter(file, shown), false));
}

function addOwn(picture, isPicture) {
    (isPicture ? pictures : paintings).add(picture, { chosen: true, own: true });
}

function useNetwork(file) {
    network = file;
    element("network-note").textContent = file ? strings.networkFile(file.name) : strings.networkBuiltIn;
    element("built-in").hidden = !file;
    refresh();
}

/* Painting. */

async function paint() {
    const now = job();
    if (isAtOnce(now)) return paintAtOnce();
    if (now.paintings.length === 0) return warn(strings.noPainting);
    const names = now.paintings.map((painting) => painting.name);
    const goesOn = painter.continues(now);
    const [width, height] = resultSize(now);
    warn("");
    describe(now.picture.name, strings.starting, names);
    wall.start(goesOn, width, height, strings.pictureAfter(now.picture.name, names));
    if (!goesOn) curve.clear();
    atOnce.forget();
    running = new AbortController();
    element("bar").value = 0;
    document.body.classList.add("painting");
    refresh();
    element("stop").focus({ preventScroll: true });
    const from = performance.now();
    const { signal } = running;
    try {
        const onSmaller = (size) => {
            warn(strings.smaller(now.parameters.size, size));
            setSize(size);
            now.parameters = { ...now.parameters, size };
        };
        const painting = await painter.paint({ ...now }, { signal, onProgress: watch(now, names, signal), onSmaller });
        const name = strings.fileName(now.picture.name, names);
        result = { toBlob: () => painting.toBlob("image/png"), name, whole: true };
        wall.finish(painting.toImageData());
        curve.draw();
        const seconds = (performance.now() - from) / 1000;
        describe(now.picture.name, strings.done(painting.width, painting.height, seconds), names, true);
        element("note").textContent = smallPaintings(now).map(strings.smallPainting).join(" ");
        for (const warning of painting.warnings) console.info(warning);
    } catch (error) {
        failed(error, now, names);
    } finally {
        const hadFocus = document.activeElement === element("stop") || document.activeElement === document.body;
        running = null;
        document.body.classList.remove("painting");
        refresh();
        if (hadFocus) element(element("save").hidden ? "paint" : "save").focus({ preventScroll: true });
    }
}

/** By a painter, after every change. */
async function paintAtOnce() {
    if (running) return running.abort(); // and comes again when it has ended
    const chosen = () => [job()].find(isAtOnce) ?? null;
    if (atOnce.isDone(chosen())) return;
    warn("");
    try {
        await atOnce.paint(chosen, (painting, { picture, paintings: [{ name }] }, seconds, moved) => {
            const { width, height } = painting;
            if (!moved) wall.start(false, width, height, strings.pictureAfter(picture.name, [name]));
            wall.finish(painting.toImageData());
            describe(picture.name, strings.atOnce(width, height, seconds), [name], !moved);
            result = { toBlob: () => painting.toBlob("image/png"), name: strings.fileName(picture.name, [name]), whole: true };
            refresh();
        });
    } catch (error) {
        const now = job();
        failed(error, now, now.paintings.map(({ name }) => name));
    }
}

function watch(now, names, signal) {
    let level = -1;
    return (progress) => {
        if (signal.aborted) return;
        element("bar").value = progress.fraction;
        const where = strings.level(Math.max(progress.width, progress.height), Math.max(...resultSize(now)));
        const left = progress.fraction > 0.05 ? `, ${strings.left(progress.secondsLeft)}` : "";
        describe(now.picture.name, where + left, names, progress.level !== level);
        level = progress.level;
        curve.add(progress);
        if (progress.picture) wall.show(progress.picture);
    };
}

function failed(error, now, names) {
    if (isAbort(error)) return stopped(now, names);
    console.error(error);
    describe(now.picture.name, "", names);
    warn(isMemory(error) ? strings.noMemory(now.parameters.size) : strings.failed(error.message));
}

function stopped(now, names) {
    if (shown !== now.picture) return; // another was chosen
    const { width, height } = element("after");
    if (painter.continues(now))
        result = { toBlob: () => wall.toBlob(), name: strings.fileName(now.picture.name, names), whole: false };
    describe(now.picture.name, strings.stopped(width, height), names, true);
}

function resultSize({ picture: { canvas }, parameters: { size } }) {
    const scale = size / Math.max(canvas.width, canvas.height);
    return [canvas.width, canvas.height].map((side) => Math.max(1, Math.round(side * scale)));
}

/** The names of paintings that were enlarged, which blurs their strokes. */
function smallPaintings({ paintings, ...now }) {
    const side = ({ width, height }) => Math.sqrt(width * height);
    const [width, height] = resultSize(now);
    const wanted = now.parameters.styleScale * side({ width, height });
    return paintings.filter(({ canvas }) => side(canvas) < 0.8 * wanted).map(({ name }) => name);
}

async function save() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await result.toBlob());
    link.download = result.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

/* What is said. */

function describe(name, what, after = [], aloud = false) {
    const style = document.createElement("span");
    style.textContent = after.length > 0 ? `, ${strings.after(after)}` : "";
    element("name").replaceChildren(name, style);
    element("what").textContent = what;
    element("note").textContent = "";
    if (aloud) element("spoken").textContent = what;
}

function warn(message) {
    element("alert").textContent = message;
}

async function attempt(work) {
    try {
        return await work();
    } catch (error) {
        if (!(error instanceof PictureError)) throw error;
        warn(error.message);
    }
}

/* What the visitor does. */

function listen() {
    element("panel").addEventListener("submit", (event) => {
        event.preventDefault();
        paint();
    });
    element("stop").addEventListener("click", () => running?.abort());
    element("save").addEventListener("click", save);
    addEventListener("keydown", (event) => {
        if (event.key === "Escape") running?.abort();
    });
    element("more").addEventListener("toggle", () => {
        curve.draw();
        if (element("more").open) element("curve").parentElement.scrollIntoView({ block: "nearest" });
    });

    for (const [button, input, place] of [["choose-picture", "picture-file", "picture"],
        ["choose-painting", "painting-file", "painting"], ["choose-network", "network-file", "network"]]) {
        element(button).addEventListener("click", () => element(input).click());
        element(input).addEventListener("change", () => takeFrom(element(input), place));
    }
    element("built-in").addEventListener("click", () => useNetwork(null));
    element("camera").hidden = !hasCamera;
    element("camera").addEventListener("click", async () => {
        if (hasCameraApp) return element("camera-file").click();
        const picture = await attempt(photograph);
        if (picture) addOwn(picture, true);
    });
    element("camera-file").addEventListener("change", () => takeFrom(element("camera-file"), "picture"));

    addEventListener("paste", (event) => {
        const files = [...event.clipboardData.files];
        const place = element("painting-set").contains(document.activeElement) ? "painting" : "picture";
        if (files.length > 0) take(files, place);
    });
    listenToDrops();
}

function takeFrom(input, place) {
    const files = [...input.files];
    input.value = ""; // so that the same file can be chosen again
    if (place === "network") useNetwork(files[0]);
    else take(files, place);
}

function listenToDrops() {
    let inside = 0; // dragenter of a child comes before dragleave of its parent
    const count = (change) => {
        inside = Math.max(0, inside + change);
        document.body.classList.toggle("dropping", inside > 0);
    };
    addEventListener("dragenter", (event) => {
        event.preventDefault();
        count(1);
    });
    addEventListener("dragleave", () => count(-1));
    addEventListener("dragover", (event) => {
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
    });
    addEventListener("drop", (event) => {
        event.preventDefault();
        count(-inside);
        take([...event.dataTransfer.files], event.target.closest("[data-drop]")?.dataset.drop ?? "picture");
    });
}

/* The start. */

const { size, what } = suitableSize();
setUpKnobs(size, refresh);
element("size-note").textContent = [strings.chosenFor(what, size), oneThreadNote()].filter(Boolean).join(" ");
useNetwork(null);
listen();
if (missing()) warn(missing());
installWorker();
for (const [tiles, examples] of [[pictures, EXAMPLES.pictures], [paintings, EXAMPLES.paintings]])
    for (const [i, example] of examples.entries())
        await attempt(async () => tiles.add(await readExample(example), { chosen: i === 0, own: false }));
document.body.classList.add("ready");
if (!missing()) painter.prepare(network).catch((error) => console.warn(error)); // paint() says what is wrong
