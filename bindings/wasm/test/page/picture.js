// Makes the picture of the page in README.md: the town painted at 512 pixels, the divider at two fifths.
//     NST_PAGE=FOLDER node bindings/wasm/test/page/picture.js docs/page.jpg
import { launch, open, paint, serve, set } from "./visit.js";

const [server, browser] = [await serve(), await launch()];
const page = await open(browser, server.url, { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 0.8 });
await set(page, { effort: "normal", size: 512 });
await paint(page);
await page.locator("#compare").fill("40");
await page.locator("#what").evaluate((what) => { // without the seconds, which are those of one machine
    what.textContent = what.textContent.split(",")[0];
});
await page.waitForTimeout(1000); // the last fade
await page.screenshot({ path: process.argv[2], type: "jpeg", quality: 85 });
await browser.close();
await server.close();
