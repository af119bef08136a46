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

// A notice: its open part, as the platform encrypted it for this browser. A tap opens the full text after sign-in.
interface Told {
  id: string;
  title: string;
  body: string;
  url: string;
}

self.addEventListener("push", (event) => {
  const told = event.data?.json() as Told | undefined;
  if (!told) return;
  event.waitUntil(
    self.registration.showNotification(told.title, {
      body: told.body,
      tag: told.id, // one that is sent twice is shown once
      icon: "/static/portals/icon-192.png",
      badge: "/static/portals/icon-192.png",
      data: { url: told.url },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { url } = event.notification.data as { url: string };
  const target = new URL(url, location.origin);
  if (target.origin !== location.origin) return;
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then((open) => {
      const there = open.find((one) => one.url === target.href);
      return there ? there.focus() : self.clients.openWindow(target.href);
    }),
  );
});
