// What a visitor may do: bad files, paste, camera, touch, keyboard alone, no network, and help by assistive software.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import {
    bricks, drop, dropPictures, file, finished, folder, hills, launch, open, paint, painter, paste, png, save, serve, set, text,
    waves,
} from "./visit.js";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
let server, browser;

before(async () => {
    [server, browser] = [await serve(), await launch()];
});
after(async () => {
    await browser?.close();
    await server?.close();
});

const tiles = (page, id) => page.locator(`#${id} .tile canvas`).count();

test("files that cannot be used are refused in one line, and nothing else changes", async () => {
    const page = await open(browser, server.url);
    const cases = [
        [{ name: "notes.txt", bytes: Buffer.from("no picture"), type: "text/plain" }, /notes\.txt is not a picture/],
        [{ name: "cut.png", bytes: hills.bytes.subarray(0, 60) }, /cut\.png is not a picture/],
        [{ name: "huge.png", bytes: file(60000, 60000, Buffer.alloc(9)) }, /huge\.png is too large: it has 3600 megapixels/],
        [{ name: "dot.png", bytes: png(3, 3, () => [9, 9, 9]) }, /dot\.png is too small/],
    ];
    for (const [bad, expected] of cases) {
        await drop(page, "#wall", bad);
        const said = (source) => new RegExp(source).test(document.getElementById("alert").textContent);
        await page.waitForFunction(said, expected.source);
        assert.equal(await tiles(page, "pictures"), 1);
    }
    await drop(page, "#wall");
    assert.match(await text(page, "#alert"), /No picture was found/);
    await drop(page, "#wall", hills);
    await page.waitForSelector("#name:has-text('hills')");
    assert.equal(await page.locator("#alert").textContent(), "", "a good file ends the message");

    await page.locator("#paintings input").first().uncheck({ force: true });
    await page.locator("#paint").click();
    assert.match(await text(page, "#alert"), /Choose at least one painting/);
    assert.deepEqual(page.failures, []);
});

test("a picture is pasted, photographed, picked, removed; a painting is pasted into its place", async () => {
    const page = await open(browser, server.url);
    await paste(page, "body", hills);
    await page.waitForSelector("#name:has-text('hills')");
    await page.locator("#choose-painting").focus();
    await paste(page, "#choose-painting", waves);
    await page.waitForFunction(() => document.querySelectorAll("#paintings canvas").length === 4);
    await page.locator("#camera").click();
    await page.waitForFunction(() => document.getElementById("camera-video").videoWidth > 0);
    await page.locator("#camera-take").click();
    await page.waitForSelector("#name:has-text('Photograph')");
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.locator("#choose-picture").click()]);
    await chooser.setFiles({ name: bricks.name, mimeType: "image/png", buffer: bricks.bytes });
    await page.waitForSelector("#name:has-text('bricks')");
    assert.equal(await tiles(page, "pictures"), 4);
    await page.getByRole("button", { name: "Remove bricks" }).click();
    await page.waitForSelector("#name:has-text('Town')");
    assert.equal(await tiles(page, "pictures"), 3);
    assert.deepEqual(page.failures, []);
});

test("on a phone: no sideways scrolling, targets for fingers, the divider by touch", async () => {
    const page = await open(browser, server.url, phone);
    await set(page, { size: 256 });
    assert.match(await text(page, "#size-note"), /a small screen/);
    await page.locator("#paint").tap();
    await finished(page);
    const box = await page.locator("#frame").boundingBox();
    await page.touchscreen.tap(box.x + box.width * 0.75, box.y + box.height / 2);
    assert.equal(await page.locator("#compare").inputValue(), "75");
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
    const targets = page.locator("button, select, summary, .segments label, .tile label").filter({ visible: true });
    const small = await targets.evaluateAll((all) => all
        .map((target) => [target.textContent, target.getBoundingClientRect().height]).filter(([, height]) => height < 44));
    assert.deepEqual(small, []);
    await page.locator("#more summary").scrollIntoViewIfNeeded();
    const seen = await page.locator("#frame").evaluate((frame) => frame.getBoundingClientRect().top);
    assert.ok(seen >= 0, "the picture stays in view");
});

test("by the keyboard alone", async () => {
    const page = await open(browser, server.url, { reducedMotion: "reduce" });
    await set(page);
    const focused = () =>
        page.evaluate(() => document.activeElement.id || document.activeElement.getAttribute("aria-label"));
    const tabTo = async (name) => {
        for (let i = 0; i < 40 && (await focused()) !== name; i++) await page.keyboard.press("Tab");
        assert.equal(await focused(), name);
    };
    await tabTo("Stone mosaic");
    await page.keyboard.press("Space");
    await tabTo("strength");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await page.locator("#strength").getAttribute("aria-valuetext"), "7 of 12, more of the picture");
    await tabTo("paint");
    await page.keyboard.press("Enter");
    await finished(page);
    assert.equal(await focused(), "save", "the focus goes to what comes next");
    assert.match(await text(page, "#name"), /after Swirling strokes and Stone mosaic/);
    assert.match(await page.locator("#spoken").textContent(), /painted in/);
    await page.locator("body").press("Home");
    await tabTo("compare");
    for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
    assert.equal(await page.locator("#compare").getAttribute("aria-valuetext"), "3 % as before, the rest painted");
    const clip = await page.locator("#after").evaluate((after) => getComputedStyle(after).clipPath);
    assert.equal(clip, "inset(0px 0px 0px 3%)");
});

test("a painter by the keyboard alone", async () => {
    const page = await open(browser, server.url, { reducedMotion: "reduce" });
    await dropPictures(page, "#wall", await painter());
    await finished(page);
    const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.getAttribute("aria-label"));
    const order = [];
    for (let i = 0; i < 40 && order.at(-1) !== "save"; i++) {
        await page.keyboard.press("Tab");
        order.push(await focused());
    }
    const knobs = order.slice(order.indexOf("quick")).filter((name) => !["Remove quick", "choose-painting"].includes(name));
    assert.deepEqual(knobs, ["quick", "strength", "size", "save"], "knobs that a painter has not are left out");
    assert.match(await page.locator("#spoken").textContent(), /painted in/);
});

test("no request leaves the origin, and the browser would refuse one", async () => {
    const page = await open(browser, server.url);
    await set(page);
    await paint(page);
    const away = page.requested.filter((url) => !url.startsWith(server.url) && !/^(blob|data):/.test(url));
    assert.deepEqual(away, []);
    assert.ok(page.requested.some((url) => url.endsWith(".wasm")), "the requests are seen");
    const refused = await page.evaluate(() => fetch("http://localhost:9/").then(() => "sent", () => "refused"));
    assert.equal(refused, "refused");
    assert.ok(page.failures.some((message) => /Content Security Policy/.test(message)), "by its policy");
});

test("after the first load it works without a network", async () => {
    const own = await serve();
    const page = await open(browser, own.url);
    await own.close();
    await page.reload();
    await page.waitForFunction(() => document.body.classList.contains("ready") && crossOriginIsolated);
    await set(page);
    await paint(page);
    assert.equal((await save(page)).width, 256);
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    const kept = await page.evaluate(async () => (await (await caches.open((await caches.keys())[0])).keys()).length);
    const all = files.filter((entry) => entry.isFile()).length;
    assert.equal(kept, all - 2 + 1, "all but the worker and its list, and the folder itself");
});

for (const [name, options] of [["light", {}], ["dark", { colorScheme: "dark" }], ["on a phone", phone]])
    test(`axe-core finds nothing, ${name}`, async () => {
        const page = await open(browser, server.url, options);
        const check = async () => {
            await page.evaluate(axe); // not as an element of the page, which its policy refuses
            const { violations } = await page.evaluate(() => globalThis.axe.run());
            assert.deepEqual(violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]), []);
        };
        await check();
        await page.locator("#more summary").click();
        await set(page);
        await drop(page, "#wall", { name: "notes.txt", bytes: Buffer.from("no picture"), type: "text/plain" });
        await page.waitForSelector("#alert:has-text('not a picture')");
        await check();
        await paint(page);
        await check();
        assert.match(await page.locator("#curve svg").getAttribute("aria-label"), /The loss fell from .* to .* in \d+ evaluations/);
        assert.ok((await page.locator("#curve polyline").count()) > 1, "a line for each size");
        await dropPictures(page, "#painting-set", await painter());
        await page.waitForSelector("#name:has-text('after quick')");
        await finished(page);
        await check();
    });

test("without WebAssembly, or with an old one, the page says so", async () => {
    const none = await open(browser, server.url, { script: () => delete globalThis.WebAssembly });
    assert.match(await text(none, "#alert"), /has no WebAssembly/);
    assert.ok(await none.locator("#paint").isDisabled());
    const script = () => {
        WebAssembly.validate = () => false;
    };
    const old = await open(browser, server.url, { script });
    assert.match(await text(old, "#alert"), /without SIMD/);
});
