// A web server for a folder, and Chromium.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";

const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm", ".html": "text/html" };
const ISOLATED = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

export async function serve(folder, isolated) {
    const server = createServer(async ({ url }, response) => {
        const name = new URL(url, "http://localhost").pathname;
        const headers = { "Content-Type": TYPES[extname(name)] ?? "application/octet-stream", ...(isolated ? ISOLATED : {}) };
        const body = name === "/index.html" ? "<!doctype html><title>libnst</title>" : await readFile(join(folder, name)).catch(() => undefined);
        response.writeHead(body === undefined ? 404 : 200, headers).end(body);
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const close = () => new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
    });
    return { url: `http://127.0.0.1:${server.address().port}/`, close };
}

export function launch(executablePath) {
    const args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
    return chromium.launch({ executablePath, args });
}
