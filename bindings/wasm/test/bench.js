// Seconds of a run by the native program, in Node and in Chromium, in turn, and their ratios: the figures of README.md.
//     NST_PACKAGE=build-wasm/libnst NST_PROGRAM=build/nst node bindings/wasm/test/bench.js
// Each row is the least of 3 runs, or of NST_ROUNDS; the first in a page also loads and compiles the package.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { launch, serve } from "./browser.js";
import { file, folder, native, picture } from "./pictures.js";

const ROUNDS = Number(process.env.NST_ROUNDS ?? 3), SIZES = [256, 512];
const { capabilities, stylize } = await import(pathToFileURL(join(process.env.NST_PACKAGE, "index.js")));
const photo = (x, y) => [(x * 255) / 640, (y * 255) / 480, 128 + 100 * Math.sin(x / 20) * Math.cos(y / 15)];
const drawing = (x, y) => [(x * y) & 255, ((x >> 3) * 70 + y) & 255, (x ^ y) & 255];
const content = picture(640, 480, photo), style = picture(400, 400, drawing);
const paths = [file("content.ppm", content), file("style.ppm", style)];
const seconds = async (action) => {
    const start = performance.now();
    await action();
    return (performance.now() - start) / 1000;
};

const server = await serve(process.env.NST_PACKAGE, true), browser = await launch(process.env.NST_CHROMIUM ?? "/usr/bin/chromium");
const page = await browser.newPage();
await page.goto(server.url + "index.html");
const inPage = (size, threads) => page.evaluate(async ({ size, threads, pictures }) => {
    const { stylize } = await import("./index.js");
    const [content, style] = pictures.map(({ width, height, data }) => ({ width, height, data: new Uint8ClampedArray(data) }));
    const start = performance.now();
    let shown;
    await stylize(content, style, { size, threads, preview: 0, onProgress: () => (shown ??= performance.now()) });
    return { all: (performance.now() - start) / 1000, shown: (shown - start) / 1000 };
}, { size, threads, pictures: [content, style].map((p) => ({ ...p, data: Array.from(p.data) })) });

console.log(`${capabilities().threads} cores\n| size | threads | native | Node | Chromium | Chromium / native | first picture in Chromium |\n|---|---|---|---|---|---|---|`);
for (const size of SIZES)
    for (const threads of [...new Set([1, capabilities().threads])]) {
        const least = { native: Infinity, node: Infinity, page: Infinity, shown: Infinity };
        for (let round = 0; round < ROUNDS; round++) {
            const out = join(folder, "out.ppm");
            least.native = Math.min(least.native, await seconds(() => native("stylize", ...paths, "-o", out, "--size", size, "--threads", threads)));
            least.node = Math.min(least.node, await seconds(() => stylize(content, style, { size, threads })));
            const { all, shown } = await inPage(size, threads);
            least.page = Math.min(least.page, all);
            least.shown = Math.min(least.shown, shown);
        }
        const row = [size, threads, ...["native", "node", "page"].map((key) => `${least[key].toFixed(2)} s`), (least.page / least.native).toFixed(1), `${least.shown.toFixed(2)} s`];
        console.log(`| ${row.join(" | ")} |`);
    }
await browser.close();
await server.close();
process.exit();
