// The package in Chromium: every kind of picture, threads and none. NST_CHROMIUM is the browser, Debian's without.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";
import { launch, serve } from "./browser.js";
import { content, style } from "./pictures.js";

const chromium = process.env.NST_CHROMIUM ?? "/usr/bin/chromium";
const skip = existsSync(chromium) ? false : `there is no ${chromium}`;
let browser, isolated, plain;

before(async () => {
    if (skip) return;
    [isolated, plain] = await Promise.all([serve(process.env.NST_PACKAGE, true), serve(process.env.NST_PACKAGE, false)]);
    browser = await launch(chromium);
});
after(async () => {
    await Promise.all([browser?.close(), isolated?.close(), plain?.close()]);
});

// What FUNCTION(library, ARGUMENT) returns in a page of SERVER.
async function inPage(server, code, argument) {
    const page = await browser.newPage();
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    try {
        await page.goto(server.url + "index.html");
        return await page.evaluate(async ({ code, argument }) => {
            const library = await import("./index.js");
            return (0, eval)(`(${code})`)(library, argument);
        }, { code: String(code), argument });
    } finally {
        assert.ok(asked.length > 3 && asked.every((url) => url.startsWith(server.url) || url.startsWith("blob:")), asked.join(" "));
        await page.close();
    }
}

const sent = ({ width, height, data }) => ({ width, height, data: Array.from(data) });

test("every kind of picture gives the same painting", { skip }, async () => {
    const results = await inPage(isolated, async ({ stylize }, { content, style }) => {
        const pixels = ({ width, height, data }) => new ImageData(new Uint8ClampedArray(data), width, height);
        const image = pixels(content), drawing = pixels(style);
        const canvas = new OffscreenCanvas(image.width, image.height);
        canvas.getContext("2d").putImageData(image, 0, 0);
        const blob = await canvas.convertToBlob(), url = URL.createObjectURL(blob);
        const onPage = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
        onPage.getContext("2d").putImageData(image, 0, 0);
        const element = Object.assign(new Image(), { src: url });
        const results = {};
        for (const [name, picture] of Object.entries({ image, canvas, blob, url, URL: new URL(url), onPage, element, bitmap: await createImageBitmap(image) })) {
            const painting = await stylize(picture, drawing, { size: 64, effort: "instant" });
            results[name] = `${painting.toImageData().width} ${painting.data.join()}`;
        }
        results.file = (await (await stylize(image, drawing, { size: 64, effort: "instant" })).toBlob()).type;
        return results;
    }, { content: sent(content), style: sent(style) });
    const { image, file, ...others } = results;
    assert.equal(file, "image/png");
    assert.equal(Object.keys(others).length, 7);
    for (const [name, result] of Object.entries(others)) assert.ok(result === image, `${name} differs`);
});

test("threads where the page is isolated, one with a plain note where it is not", { skip }, async () => {
    const paint = async ({ capabilities, stylize }, { content, style }) => {
        const pixels = ({ width, height, data }) => ({ width, height, data: new Uint8ClampedArray(data) });
        let pictures = 0;
        const painting = await stylize(pixels(content), pixels(style), { size: 128, preview: 0, onProgress: ({ picture }) => (pictures += picture instanceof ImageData) });
        return { ...capabilities(), pictures, data: painting.data.join() };
    };
    const pictures = { content: sent(content), style: sent(style) };
    const [many, one] = [await inPage(isolated, paint, pictures), await inPage(plain, paint, pictures)];
    assert.deepEqual([many.isolated, many.note, one.isolated, one.threads], [true, "", false, 1]);
    assert.match(one.note, /One thread: this page is not cross-origin isolated.*Cross-Origin-Opener-Policy/);
    assert.ok(many.pictures > 3 && one.pictures > 3);
    assert.equal(one.data, many.data);
});

test("mistakes and an abort in a page", { skip }, async () => {
    const said = await inPage(plain, async ({ stylize, Transfer }, { content, style }) => {
        const pixels = ({ width, height, data }) => new ImageData(new Uint8ClampedArray(data), width, height);
        const fails = (promise) => promise.then(() => "no failure", (error) => `${error.status ?? error.name}: ${error.message}`);
        const transfer = await Transfer.create();
        await transfer.set({ size: 512, effort: "fine" });
        await transfer.setContent(pixels(content));
        await transfer.setStyles(pixels(style));
        const controller = new AbortController();
        const aborted = await fails(transfer.run({ signal: controller.signal, preview: 0, onProgress: () => controller.abort() }));
        await transfer.set({ size: 64 });
        const { width } = await transfer.resume({ evaluations: 2 });
        transfer.close();
        return {
            aborted, width, noPicture: await fails(stylize(new Blob(["text"], { type: "text/plain" }), pixels(style))),
            noFile: await fails(stylize("none.jpg", pixels(style))), noKind: await fails(stylize(3, pixels(style))),
        };
    }, { content: sent(content), style: sent(style) });
    assert.match(said.aborted, /^AbortError/);
    assert.equal(said.width, 64);
    assert.match(said.noPicture, /^format: content: expected a picture that this browser reads, found 4 bytes of type text\/plain/);
    assert.match(said.noFile, /^not-found: .*none\.jpg: 404/);
    assert.match(said.noKind, /^argument: content: expected a picture \(.*\), found number/);
});
