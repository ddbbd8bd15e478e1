// What the page's tests and its benchmark share: recordings, pages, and a Chromium to look at them with.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const CHROMIUM = "/usr/bin/chromium";

/** Why there is nothing to test with, or null. */
export function whatIsMissing() {
    if (!existsSync(CHROMIUM)) return "no Chromium: scripts/bootstrap --tests installs it";
    try {
        playwright();
    } catch {
        return "no playwright-core: run npm ci in web/, as scripts/bootstrap --tests does";
    }
    return null;
}

function playwright() {
    return createRequire(new URL("../../web/package.json", import.meta.url))("playwright-core");
}

export function launch() {
    return playwright().chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
}

/** Runs `look` on an open page, and fails when the page has complained, or has asked for anything but itself. */
export async function visit(browser, url, look, options = {}) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: "light", ...options });
    const complaints = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => request.url() === url || complaints.push(`asked for ${request.url()}`));
    await page.goto(url);
    await look(page);
    assert.deepEqual(complaints, []);
    await page.close();
}

/** A recording of a story, in `folder`. */
export function record(maker, folder, name, story) {
    const file = path.join(folder, `${name}.tide`);
    execFileSync(maker, [file], { input: story });
    return file;
}

export function reportJson(tidemark, recording, ...options) {
    return printedJson(tidemark, "report", "--format", "json", ...options, recording);
}

export function diffJson(tidemark, older, newer, ...options) {
    return printedJson(tidemark, "diff", "--format", "json", ...options, older, newer);
}

function printedJson(tidemark, ...args) {
    return JSON.parse(execFileSync(tidemark, args, { maxBuffer: 1 << 30, encoding: "utf8" }));
}

/** Writes the page beside the recording, and returns its URL. */
export function reportHtml(tidemark, recording, ...options) {
    const file = recording.replace(/\.tide$/, ".html");
    execFileSync(tidemark, ["report", "--format", "html", ...options, "-o", file, recording]);
    return pathToFileURL(file).href;
}

/** The same for two recordings, beside the newer. */
export function diffHtml(tidemark, older, newer, ...options) {
    const file = newer.replace(/\.tide$/, ".html");
    execFileSync(tidemark, ["diff", "--format", "html", ...options, "-o", file, older, newer]);
    return pathToFileURL(file).href;
}
