// Prints the seconds from opening the page to the first painted pixels, with Paint pressed as soon as it can be: on the
// first visit, which loads everything and starts twice where the server does not isolate the page, and on later ones.
//     NST_PAGE=FOLDER node bindings/wasm/test/page/first-pixels.js [VISITS]
import { launch, serve } from "./visit.js";

const visits = Number(process.argv[2] ?? 5);
const [server, browser] = [await serve(), await launch()];
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function visit(page) {
    const from = performance.now();
    await page.goto(server.url);
    await page.waitForFunction(() => document.body?.classList.contains("ready") && crossOriginIsolated);
    const ready = performance.now();
    await page.locator("#paint").click();
    await page.waitForSelector("#what:has-text('Painting at')");
    const painted = performance.now();
    await page.locator("#stop").click();
    await page.waitForSelector("#what:has-text('Stopped')");
    return { ready: (ready - from) / 1000, painted: (painted - from) / 1000 };
}

const times = { first: [], later: [] };
for (let i = 0; i < visits; i++) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    for (const kind of ["first", "later"]) {
        const page = await context.newPage();
        times[kind].push(await visit(page));
        await page.close();
    }
    await context.close();
}
for (const [kind, all] of Object.entries(times)) {
    const [ready, painted] = ["ready", "painted"].map((what) => median(all.map((one) => one[what])).toFixed(2));
    console.log(`${kind} visit: ready after ${ready} s, first painted pixels after ${painted} s (medians of ${visits})`);
}
await browser.close();
await server.close();
