// How soon the page of a large recording opens, and how long it takes to answer a hand. Prints one JSON object.
// Usage: node page.mjs TIDEMARK MAKER FOLDER NODES MOMENTS
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { launch, record, reportHtml, whatIsMissing } from "../tests/web/browser.mjs";
import { large } from "../tests/web/stories.mjs";

const TURNS = 8;

const [tidemark, maker, folder, nodes, moments] = process.argv.slice(2);
if (whatIsMissing()) {
    console.error(whatIsMissing());
    process.exit(1);
}
const url = reportHtml(tidemark, record(maker, folder, "large", large(Number(nodes), Number(moments))));
const browser = await launch();

const drawn = (page) =>
    page.evaluate(
        () =>
            new Promise((resolve) =>
                requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now()))),
            ),
    );

const openedMs = [];
for (let turn = 0; turn < TURNS; turn++) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(url);
    openedMs.push(await drawn(page)); // since the navigation began
    await page.close();
}

/** From the event to the end of its frame, in the page: `act` is given the elements that it needs. */
async function timed(page, act) {
    const spans = [];
    for (let turn = 0; turn < TURNS; turn++) {
        spans.push(
            await page
                .evaluate(
                    ([body, number]) =>
                        new Promise((resolve) => {
                            const started = performance.now();
                            new Function("turn", body)(number);
                            requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - started)));
                        }),
                    [act, turn],
                )
                .catch((error) => {
                    throw error;
                }),
        );
    }
    return spans;
}

const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, bypassCSP: true });
await page.goto(url);
await drawn(page);
const CANVAS =
    "const canvas = document.getElementById('flame-canvas');" +
    "const at = (type, x, y) => canvas.dispatchEvent(new MouseEvent(type, { clientX: canvas.getBoundingClientRect().x + x, " +
    "clientY: canvas.getBoundingClientRect().y + y, bubbles: true }));";
const answersMs = {
    hover: await timed(page, `${CANVAS} at("mousemove", 40 + 150 * turn, 30 + 40 * turn);`),
    zoom: await timed(page, `${CANVAS} at("click", 300, turn % 2 ? 10 : 450);`),
    scroll: await timed(page, "document.getElementById('flame').scrollTop = 120 * turn;"),
    search: await timed(
        page,
        "const box = document.getElementById('search'); box.value = 'method_' + turn; box.dispatchEvent(new Event('input'));",
    ),
    view: await timed(page, "document.querySelectorAll('#views button')[turn % 3].click();"),
    invert: await timed(page, "document.getElementById('invert').click();"),
};
await browser.close();
console.log(
    JSON.stringify({ page_bytes: statSync(fileURLToPath(url)).size, opened_ms: openedMs, answers_ms: answersMs }),
);
