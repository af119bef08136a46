/// <reference lib="webworker" />
// Served at /sw.js with two lines before it (portals/pwa.py): the version and the list of files of this build.
export {};
declare const self: ServiceWorkerGlobalScope & { BUILD: { version: string; files: string[]; offline: string } };

const drafts = "tinhso-drafts";
const cacheName = `tinhso-${self.BUILD.version}`;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(cacheName)
      .then((cache) => cache.addAll([...self.BUILD.files, self.BUILD.offline]))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== cacheName && name !== drafts).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

// Files of a build never change: the cache first. Pages: the network first, and when there is none, a page that says
// so. Nothing personal is cached but the form that its owner asked to keep (islands/outbox.ts), and that is given out
// only when there is no network.
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/static/build/")) {
    event.respondWith(
      caches.match(request).then(
        (held) =>
          held ??
          fetch(request).then((answer) => {
            const copy = answer.clone();
            if (answer.ok) event.waitUntil(caches.open(cacheName).then((cache) => cache.put(request, copy)));
            return answer;
          }),
      ),
    );
  } else if (request.mode === "navigate") {
    event.respondWith(
      fetch(request).catch(async () => {
        const kept = await (await caches.open(drafts)).match(url.pathname);
        return kept ?? (await caches.match(self.BUILD.offline)) ?? Response.error();
      }),
    );
  }
});
