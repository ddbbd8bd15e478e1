// The page of `report --format html` in a real Chromium. Usage: node page.mjs TIDEMARK MAKER FOLDER
// Recordings, pages and screenshots stay in FOLDER, to be looked at.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { after, test } from "node:test";
import { launch, record, reportHtml, reportJson, visit, whatIsMissing } from "./browser.mjs";
import { HOSTILE, hostile, shop } from "./stories.mjs";

const missing = whatIsMissing();
if (missing) {
    console.log(`1..0 # SKIP ${missing}`);
    process.exit(0);
}

const [tidemark, maker, folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const browser = await launch();
const shopFile = record(maker, folder, "shop", shop());
const shopPage = reportHtml(tidemark, shopFile);
const truth = reportJson(tidemark, shopFile);
after(() => browser.close());

const open = (url, look, options) => visit(browser, url, look, options);
const screenshot = (page, name, options = {}) =>
    page.screenshot({ path: path.join(folder, `${name}.png`), ...options });
const exact = (text) => Number(text.replace(/[ ,B]/g, ""));
const card = async (page, view) => exact(await page.locator(`[data-view=${view}] strong`).getAttribute("title"));
const heapSites = (json) => json.sites.filter(({ kind }) => kind !== "mmap");
const sum = (sites, figure) => sites.reduce((total, site) => total + figure(site), 0);
const ended = (site) => site.total_bytes - site.freed_bytes;

/** What each function has with all that it calls: recursion counted once. */
function totalsByFunction(json, figure) {
    const totals = {};
    for (const site of heapSites(json)) {
        for (const name of new Set(site.stack.map((frame) => json.frames[frame].function))) {
            if (figure(site)) totals[name] = (totals[name] ?? 0) + figure(site);
        }
    }
    return totals;
}

async function tableRows(page, selector) {
    return page
        .locator(`${selector} tbody tr`)
        .evaluateAll((rows) =>
            rows.map((row) =>
                [...row.cells].map((cell) => cell.querySelector("[title$=' B']")?.title ?? cell.textContent),
            ),
        );
}

async function functionTotals(page) {
    return Object.fromEntries((await tableRows(page, "#functions")).map((cells) => [cells[5], exact(cells[2])]));
}

test("the figures are those of --format json, in every view", () =>
    open(shopPage, async (page) => {
        const sites = heapSites(truth);
        const views = {
            peak: (site) => site.peak_bytes,
            end: ended,
            total: (site) => site.total_bytes,
            temporary: (site) => site.temporary_blocks,
        };
        assert.equal(await card(page, "peak"), truth.totals.heap_peak_bytes);
        for (const [view, figure] of Object.entries(views)) {
            await page.click(`[data-view=${view}]`);
            assert.equal(await card(page, view), sum(sites, figure), view);
            const totals = await functionTotals(page);
            if (view !== "temporary") assert.deepEqual(totals, totalsByFunction(truth, figure), view);
        }
    }));

test("threads, owners, modules and allocator functions add up", () =>
    open(shopPage, async (page) => {
        const heap = heapSites(truth);
        for (const [group, sites, nameOf] of [
            ["thread", heap, (site) => `${truth.threads[site.thread].name} (${truth.threads[site.thread].tid})`],
            ["owner", heap, (site) => (site.owner ? "stock / cache" : "(unowned)")],
            ["module", heap, (site) => path.basename(truth.modules[truth.frames[site.stack[0]].module].path)],
            ["allocator function", truth.sites, (site) => site.kind],
        ]) {
            const shown = await tableRows(page, `[data-group="${group}"]`);
            assert.deepEqual(shown.map(([name]) => name).sort(), [...new Set(sites.map(nameOf))].sort());
            for (const [name, ...cells] of shown) {
                const of = sites.filter((site) => nameOf(site) === name);
                assert.deepEqual(cells.map(exact), [
                    sum(of, (site) => site.peak_bytes),
                    sum(of, (site) => site.total_bytes),
                    sum(of, (site) => site.total_blocks),
                    sum(of, (site) => site.temporary_blocks),
                    sum(of, ended),
                ]);
            }
        }
    }));

test("the view, thread and filter asked for on the command line are those of the page", async () => {
    await open(reportHtml(tidemark, shopFile, "--total", "--thread", "worker", "--filter", "put"), async (page) => {
        assert.equal(await page.getAttribute("[data-view=total]", "aria-pressed"), "true");
        assert.match(await page.textContent("#run"), /only thread worker, stacks matching 'put'$/);
        const sites = heapSites(reportJson(tidemark, shopFile, "--thread", "worker", "--filter", "put"));
        assert.equal(
            await card(page, "total"),
            sum(sites, (site) => site.total_bytes),
        );
    });
    reportHtml(tidemark, shopFile);
});

test("a range is chosen by dragging, and shows what --from and --to do", () =>
    open(shopPage, async (page) => {
        const box = await page.locator("#plot .overlay").boundingBox();
        await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
        await page.mouse.down();
        await page.mouse.move(box.x + box.width * 0.5, box.y + 40, { steps: 4 });
        await page.mouse.move(box.x + box.width * 0.72, box.y + 40, { steps: 4 });
        await page.mouse.up();
        assert.equal(await page.getAttribute("[data-view=range]", "aria-pressed"), "true");
        const at = async (handle) => Number(await page.getAttribute(`#plot .handle--${handle}`, "aria-valuenow"));
        const [from, to] = [await at("w"), await at("e")];
        assert.ok(from > 2e8 && from < 4e8 && to > 6e8 && to < 8e8, `${from} ${to}`);
        const range = reportJson(tidemark, shopFile, "--from", `${from / 1e6}ms`, "--to", `${to / 1e6}ms`);
        assert.equal(await card(page, "range"), sum(heapSites(range), ended));
        assert.deepEqual(await functionTotals(page), totalsByFunction(range, ended));
        await page.click("#range-measure >> text=Allocated");
        assert.equal(
            await card(page, "range"),
            sum(heapSites(range), (site) => site.total_bytes),
        );
        await screenshot(page, "range");
        await page.click("text=Whole run");
        assert.equal(await page.getAttribute("[data-view=peak]", "aria-pressed"), "true");
    }));

test("a range is chosen with the keys", () =>
    open(shopPage, async (page) => {
        await page.focus("#range-choose");
        await page.keyboard.press("Enter");
        assert.equal(await card(page, "range"), sum(heapSites(truth), ended));
        for (let i = 0; i < 8; i++) await page.keyboard.press("ArrowRight");
        await page.keyboard.press("Tab");
        for (let i = 0; i < 10; i++) await page.keyboard.press("ArrowLeft");
        const [from, to] = await page
            .locator("#plot [role=slider]")
            .evaluateAll((handles) =>
                handles.map((handle) => Number(handle.getAttribute("aria-valuenow"))).sort((a, b) => a - b),
            );
        assert.deepEqual([from, to], [8 * 25e6, 30 * 25e6]);
        const range = reportJson(tidemark, shopFile, "--from", `${from / 1e6}ms`, "--to", `${to / 1e6}ms`);
        assert.equal(await card(page, "range"), sum(heapSites(range), ended));
    }));

const detail = (page) => page.textContent("#flame-detail");

test("the flame graph zooms with the mouse, and out again", () =>
    open(shopPage, async (page) => {
        const canvas = page.locator("#flame-canvas");
        const position = { x: 300, y: 50 }; // the third row: what main calls most
        await canvas.hover({ position });
        const hovered = await detail(page);
        assert.match(hovered, /store::Cache::put\(.*libstore\.so\.1/);
        await canvas.click({ position });
        assert.match(await page.textContent("#path [aria-current]"), /store::Cache::put/);
        await canvas.hover({ position: { x: 1200, y: 50 } });
        assert.equal(await detail(page), hovered); // it fills the width now
        await page.click("#path >> text=all");
        assert.ok(await page.isHidden("#path"));
    }));

test("the flame graph is walked and zoomed with the keys", () =>
    open(shopPage, async (page) => {
        await page.focus("#flame-canvas");
        await page.keyboard.press("ArrowDown");
        assert.match(await detail(page), /^main /);
        await page.keyboard.press("ArrowDown");
        await page.keyboard.press("ArrowRight");
        assert.match(await detail(page), /^parse /);
        await page.keyboard.press("Enter");
        assert.equal(await page.textContent("#path [aria-current]"), "parse");
        await page.keyboard.press("ArrowUp");
        assert.match(await detail(page), /^main /);
        await page.keyboard.press("Escape");
        assert.ok(await page.isHidden("#path"));
    }));

test("the table of calls says what the flame graph shows, and zooms it", () =>
    open(shopPage, async (page) => {
        await page.click("#calls summary");
        const starts = await tableRows(page, "#calls");
        assert.deepEqual(starts.map((cells) => cells[4]).sort(), ["main", "worker_run"]);
        assert.equal(
            starts.reduce((total, cells) => total + exact(cells[0]), 0),
            truth.totals.heap_peak_bytes,
        );
        await page.click("#calls button.function >> text=main");
        assert.equal(await page.textContent("#path [aria-current]"), "main");
        assert.deepEqual((await tableRows(page, "#calls")).map((cells) => cells[4]).sort(), [
            "_PyEval_EvalFrameDefault",
            "parse",
            "store::Cache::put(std::string const&)",
        ]);
    }));

test("search marks what matches, adds it up once, and filters the table", () =>
    open(shopPage, async (page) => {
        await page.fill("#search", "PARSE");
        const parse = totalsByFunction(truth, (site) => site.peak_bytes).parse;
        assert.match(await page.textContent("#found"), new RegExp(`matched, .*%`));
        assert.deepEqual(await functionTotals(page), { parse });
        await page.fill("#search", "libstore");
        assert.deepEqual(Object.keys(await functionTotals(page)).sort(), [
            "store::Cache::put(std::string const&)",
            "store::Rule::apply()",
        ]);
        await page.fill("#search", "nobody");
        assert.equal(await page.textContent("#found"), "0 B matched");
    }));

test("inverted, each function that allocates is above its callers", () =>
    open(shopPage, async (page) => {
        await page.click("#invert");
        await page.click("#calls summary");
        const top = await tableRows(page, "#calls");
        assert.equal(
            top.reduce((total, cells) => total + exact(cells[0]), 0),
            truth.totals.heap_peak_bytes,
        );
        assert.ok(top.some((cells) => cells[4].startsWith("store::Cache::put")));
        await page.click("#calls button.function >> text=store::Cache::put");
        assert.deepEqual((await tableRows(page, "#calls")).map((cells) => cells[4]).sort(), ["main", "worker_run"]);
    }));

test("hidden libraries give what is theirs to their callers", () =>
    open(shopPage, async (page) => {
        await page.click("[data-view=total]");
        const total = sum(heapSites(truth), (site) => site.total_bytes);
        await page.click("#hide-libraries");
        await page.click("#hide-interpreter");
        const names = Object.keys(await functionTotals(page)).sort();
        assert.deepEqual(names, ["main", "parse", "worker_run"]);
        assert.equal(await card(page, "total"), total);
        await page.click("#hide-libraries");
        assert.ok("store::Rule::apply()" in (await functionTotals(page)));
        assert.ok(!("_PyEval_EvalFrameDefault" in (await functionTotals(page))));
    }));

test("one thread alone, and the program's own mappings", () =>
    open(shopPage, async (page) => {
        await page.selectOption("#thread", { label: "worker (4322)" });
        const worker = truth.sites.filter((site) => truth.threads[site.thread].tid === 4322);
        assert.equal(
            await card(page, "peak"),
            sum(heapSites({ sites: worker }), (site) => site.peak_bytes),
        );
        await page.selectOption("#memory", "mappings");
        assert.equal(
            await card(page, "end"),
            sum(
                worker.filter(({ kind }) => kind === "mmap"),
                ended,
            ),
        );
    }));

test("the table sorts by each of its headings", () =>
    open(shopPage, async (page) => {
        const column = async (index) => (await tableRows(page, "#functions")).map((cells) => cells[index]);
        await page.click("#functions th button >> text=function");
        assert.deepEqual(await column(5), [...(await column(5))].sort());
        assert.equal(await page.getAttribute("#functions th:nth-child(6)", "aria-sort"), "ascending");
        await page.click("#functions th button >> nth=2");
        const totals = (await column(2)).map(exact);
        assert.deepEqual(
            totals,
            [...totals].sort((a, b) => b - a),
        );
    }));

/** Contrast of two colours as WCAG 2 defines it. */
const CONTRAST = ([ink, paper]) => {
    const probe = document.createElement("i");
    document.body.append(probe);
    const light = (name) => {
        probe.style.color = `var(--${name})`;
        const parts = getComputedStyle(probe)
            .color.match(/[\d.]+/g)
            .slice(0, 3)
            .map((part) => part / 255)
            .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
    };
    const [a, b] = [light(ink), light(paper)];
    probe.remove();
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
};

test("light and dark: as the system says, or as the switch does; texts can be read in both", () =>
    open(shopPage, async (page) => {
        const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const light = await paper();
        await screenshot(page, "light");
        await page.click("#theme");
        await page.click("#theme");
        assert.equal(await page.textContent("#theme"), "Theme: dark");
        const dark = await paper();
        assert.notEqual(dark, light);
        await screenshot(page, "dark");
        await page.click("#theme");
        assert.equal(await paper(), light);
        await page.emulateMedia({ colorScheme: "dark" });
        assert.equal(await paper(), dark);
        const pairs = [
            ["ink", "raised"],
            ["quiet", "raised"],
            ["quiet", "ground"],
            ["accent", "raised"],
            ["peak", "raised"],
            ...[0, 1, 2, 3, 4, 5, 6, 7].map((module) => ["frame-ink", `module-${module}`]),
        ];
        for (const colorScheme of ["light", "dark"]) {
            await page.emulateMedia({ colorScheme });
            for (const pair of pairs) assert.ok((await page.evaluate(CONTRAST, pair)) >= 4.5, `${colorScheme} ${pair}`);
        }
    }));

test("on a phone nothing sticks out", () =>
    open(
        shopPage,
        async (page) => {
            assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
            await screenshot(page, "phone", { fullPage: true });
        },
        { viewport: { width: 390, height: 844 } },
    ));

test("printed, it is light and without its buttons", () =>
    open(shopPage, async (page) => {
        await page.emulateMedia({ media: "print", colorScheme: "dark" });
        assert.ok(await page.isHidden("#theme"));
        assert.equal(
            await page.evaluate(() => getComputedStyle(document.querySelector("section")).backgroundColor),
            "rgb(255, 255, 255)",
        );
        await screenshot(page, "print", { fullPage: true });
        await page.pdf({ path: path.join(folder, "print.pdf"), format: "A4" });
    }));

test("all that can be pressed has a name, and Tab gets there", () =>
    open(shopPage, async (page) => {
        const nameless = await page
            .locator("button, select, input, canvas, [role=slider]")
            .evaluateAll((all) =>
                all
                    .filter(
                        (one) =>
                            !(
                                one.textContent.trim() ||
                                one.getAttribute("aria-label") ||
                                one.labels?.[0]?.textContent.trim() ||
                                one.hidden
                            ),
                    )
                    .map((one) => one.outerHTML),
            );
        assert.deepEqual(nameless, []);
        const reached = new Set();
        for (let i = 0; i < 60; i++) {
            await page.keyboard.press("Tab");
            reached.add(await page.evaluate(() => document.activeElement.id || document.activeElement.dataset.view));
        }
        for (const id of ["theme", "peak", "range", "range-choose", "search", "invert", "thread", "flame-canvas"])
            assert.ok(reached.has(id), id);
    }));

test("a page of nothing, and one where all is hidden", async () => {
    await open(reportHtml(tidemark, shopFile, "--thread", "worker", "--to", "100ms"), async (page) => {
        assert.equal(await page.textContent("#top-list"), "nothing");
        for (const view of ["peak", "end", "total", "temporary"]) await page.click(`[data-view=${view}]`);
        await page.click("#invert");
        await page.fill("#search", "parse");
        assert.equal((await tableRows(page, "#functions")).length, 0);
    });
    await open(reportHtml(tidemark, shopFile), async (page) => {
        for (const module of await page.locator("#modules button").all()) await module.click();
        assert.equal(await card(page, "peak"), truth.totals.heap_peak_bytes);
        assert.match(await page.textContent("#top-list"), /^elsewhere.*100%$/);
        await page.click("#invert");
        assert.equal((await tableRows(page, "#functions")).length, 0);
    });
});

test("hostile names are text and nothing else", async () => {
    const url = reportHtml(tidemark, record(maker, folder, "hostile", hostile()));
    await open(url, async (page) => {
        assert.equal(await page.evaluate(() => window.hacked), undefined);
        assert.equal(await page.locator("img, script:not([id])").count(), 1); // the page's own script
        assert.ok((await page.textContent("#command")).includes(HOSTILE[0]));
        const names = (await tableRows(page, "#functions")).map((cells) => cells[5]);
        assert.equal(names.length, HOSTILE.length);
        assert.ok(names.includes(HOSTILE[0]) && names.includes(HOSTILE[1]) && names.includes("__proto__"));
        assert.ok(names.every((name) => !/[\x00-\x1f]/.test(name) && name.length <= 300));
        await page.fill("#search", "hacked");
        await page.click("#invert");
        await page.click("#calls summary");
        await page.click("#calls button.function >> nth=0");
        assert.equal(await page.evaluate(() => window.hacked), undefined);
        await screenshot(page, "hostile");
    });
});

test("the page can ask for nothing, not even if it wanted to", async () => {
    const asked = [];
    const server = createServer((request, response) => {
        asked.push(request.url);
        response.end();
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const page = await browser.newPage();
    await page.goto(shopPage);
    const origin = `http://127.0.0.1:${server.address().port}`;
    const outcome = await page.evaluate(async (address) => {
        const image = new Image();
        const imageFails = new Promise((resolve) => {
            image.onerror = () => resolve("refused");
        });
        image.src = `${address}/image`;
        const script = document.createElement("script");
        script.textContent = "window.hacked = 1";
        document.body.append(script);
        return [await fetch(`${address}/fetch`).catch(() => "refused"), await imageFails, window.hacked];
    }, origin);
    assert.deepEqual(outcome, ["refused", "refused", undefined]);
    assert.deepEqual(asked, []);
    await page.close();
    server.close();
});
