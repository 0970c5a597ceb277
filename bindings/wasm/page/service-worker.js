// Keeps the page for use without a network, and isolates it (Cross-Origin-Opener-Policy and -Embedder-Policy), which
// threads need, where the server does not. files.js is written when the folder is put together: VERSION is a hash over
// all FILES, so a changed file is a new version. It waits until no page of the last version is open: files of two
// versions never mix.
importScripts("files.js");
const CACHE = `libnst-page-${VERSION}`;

addEventListener("install", (event) => {
    event.waitUntil(caches.open(CACHE)
        .then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" })))));
});

addEventListener("activate", (event) => {
    const isOld = (name) => name.startsWith("libnst-page-") && name !== CACHE;
    event.waitUntil(caches.keys()
        .then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name))))
        .then(() => clients.claim()));
});

addEventListener("fetch", (event) => {
    const { request } = event;
    if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
    event.respondWith(caches.open(CACHE)
        .then((cache) => cache.match(request, { ignoreSearch: true }))
        .then((kept) => kept ?? fetch(request))
        .then(isolated));
});

function isolated(response) {
    if (response.status === 0) return response;
    const headers = new Headers(response.headers);
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    headers.set("Cross-Origin-Embedder-Policy", "require-corp");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
