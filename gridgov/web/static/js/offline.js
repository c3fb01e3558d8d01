// The service worker of the cadre's page alone: it keeps the page as it was last loaded, with the files it is made of,
// for whoever is signed in, and shows it where there is no network. Another reader, or none, finds nothing.
"use strict";

const PREFIX = "gridgov-cadre-";
const PAGE = new URL("/cadre", self.location.origin).pathname;
const PATIENCE = 15000; // milliseconds: with a network that doesn't answer, what is kept is better than nothing

const EXACTLY = { ignoreVary: true };

const named = (reader) => `${PREFIX}${reader}`;

async function forget(kept = null) {
  for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== kept) await caches.delete(name);
}

async function keep(response) {
  const reader = response.headers.get("Gridgov-Reader");
  if (!reader) return;
  const name = named(reader);
  await forget(name);
  await (await caches.open(name)).put(PAGE, response);
}

// the page says itself that it is a kept one
async function shown(kept) {
  const text = (await kept.text()).replace("<html ", "<html data-kept ");
  const headers = new Headers({ "Content-Type": "text/html; charset=utf-8" });
  headers.set("Content-Security-Policy", kept.headers.get("Content-Security-Policy"));
  return new Response(text, { headers });
}

async function page(event) {
  const kept = await caches.match(PAGE, EXACTLY);
  const late = new Promise((_, fail) => setTimeout(fail, PATIENCE));
  try {
    const response = await (kept ? Promise.race([fetch(event.request), late]) : fetch(event.request));
    if (response.type === "opaqueredirect" || response.status === 401 || response.status === 403) await forget();
    else if (response.ok && !new URL(event.request.url).search) event.waitUntil(keep(response.clone()));
    return response;
  } catch {
    return kept ? shown(kept) : Response.error();
  }
}

// the files of the page have their content in their address
async function file(request) {
  return (await caches.match(request, EXACTLY)) || fetch(request);
}

async function keepAll({ reader, files, first }) {
  await forget(named(reader));
  const cache = await caches.open(named(reader));
  if (first) {
    const response = await fetch(PAGE, { redirect: "manual" });
    if (response.ok && response.headers.get("Gridgov-Reader") === reader) await cache.put(PAGE, response);
  }
  for (const { url } of await cache.keys()) {
    const { pathname, href } = new URL(url);
    if (pathname !== PAGE && !files.includes(href)) await cache.delete(url);
  }
  for (const address of files) if (!(await cache.match(address, EXACTLY))) await cache.add(address);
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => event.waitUntil(keepAll(event.data)));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (pathname === PAGE) event.respondWith(page(event));
  } else if (pathname.startsWith("/static/") || pathname.startsWith("/map/")) {
    event.respondWith(file(request));
  }
});
