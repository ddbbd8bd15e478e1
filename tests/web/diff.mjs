// The page of `diff --format html` in a real Chromium. Usage: node diff.mjs TIDEMARK MAKER FOLDER
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { diffHtml, diffJson, launch, record, visit, whatIsMissing } from "./browser.mjs";
import { HOSTILE, hostile, shop } from "./stories.mjs";

const missing = whatIsMissing();
if (missing) {
    console.log(`1..0 # SKIP ${missing}`);
    process.exit(0);
}

const [tidemark, maker, folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const browser = await launch();
const older = record(maker, folder, "diff-old", shop());
const newer = record(maker, folder, "diff-new", shop(true));
const truth = diffJson(tidemark, older, newer);
after(() => browser.close());

const screenshot = (tab, name, options = {}) => tab.screenshot({ path: path.join(folder, `${name}.png`), ...options });
const exact = (text) => Number(text.replace("−", "-").replace(/[ ,B+]/g, ""));
const exactOf = (cell) => cell.querySelector("[title$=' B']")?.title ?? cell.textContent;
const cells = (tab, selector) =>
    tab
        .locator(`${selector} tbody tr`)
        .evaluateAll(
            (rows, source) => rows.map((row) => [...row.cells].map((cell) => new Function(`return ${source}`)()(cell))),
            exactOf.toString(),
        );

/** The table's rows as `--format json` has them. */
async function shownChanges(tab) {
    return (await cells(tab, "#changes")).map(([change, , before, now, blocks, name, where, module]) => ({
        function: name,
        module: module || null,
        where: where || null,
        old: exact(before),
        new: exact(now),
        change: exact(change),
        blocks: exact(blocks),
    }));
}

const expected = (rows) =>
    rows.map(({ old_blocks, new_blocks, ...row }) => ({ ...row, blocks: new_blocks - old_blocks }));
const byName = (a, b) => (a.function < b.function ? -1 : 1);

/** What the head, the sum of both sides, and the sum of the functions say: three ways to one figure. */
async function checkSums(tab, part, name) {
    const sides = Object.fromEntries((await cells(tab, "#sides")).map(([fact, ...figures]) => [fact, figures]));
    assert.equal(exact(sides[name][0]), part.old);
    assert.equal(exact(sides[name][1]), part.new);
    const blocks = Object.entries(sides).find(([fact]) => fact.startsWith(`${name}, `))[1];
    assert.deepEqual(blocks.map(exact), [part.old_blocks, part.new_blocks, part.new_blocks - part.old_blocks]);
    const sum = (await shownChanges(tab)).reduce((total, { change }) => total + change, 0);
    assert.equal(sum, part.change);
}

for (const view of ["peak", "leaks", "total", "temporary"]) {
    test(`${view}: the figures are those of --format json, and add up`, () => {
        const json = diffJson(tidemark, older, newer, `--${view}`);
        return visit(browser, diffHtml(tidemark, older, newer, `--${view}`), async (tab) => {
            await tab.selectOption("#direction", "all");
            const shown = await shownChanges(tab);
            assert.deepEqual(shown.sort(byName), expected(json.heap.functions).sort(byName));
            await checkSums(tab, json.heap, "heap");
            await tab.selectOption("#memory", "mapped");
            assert.deepEqual(await shownChanges(tab), expected(json.mapped.functions));
            await checkSums(tab, json.mapped, "mapped");
        });
    });
}

test("both sides are told apart: file, command, when recorded, how measured", () =>
    visit(browser, diffHtml(tidemark, older, newer, "--thread", "worker", "--filter", "put"), async (tab) => {
        assert.equal(await tab.textContent("#command"), `${truth.old.command} → ${truth.new.command}`);
        assert.equal(await tab.textContent("#run"), "At the peak · only thread worker · only stacks matching 'put'");
        const facts = await cells(tab, "#sides");
        assert.deepEqual(facts[0], ["file", older, newer, ""]);
        assert.deepEqual(facts[1], ["command", truth.old.command, truth.new.command, ""]);
        assert.match(facts[2][1], /^2023-11-1\d \d\d:\d\d:\d\d$/);
        assert.deepEqual(facts[3], ["measured", truth.old.measured, truth.new.measured, ""]);
    }));

test("it is sorted and filtered; what is shown adds up", () =>
    visit(browser, diffHtml(tidemark, older, newer), async (tab) => {
        const names = async () => (await shownChanges(tab)).map((row) => row.function);
        const changed = truth.heap.functions.filter(({ change }) => change);
        assert.deepEqual(await shownChanges(tab), expected(changed)); // the largest change first
        await screenshot(tab, "diff-light");
        await tab.focus("#changes th button >> text=function");
        await tab.keyboard.press("Enter");
        assert.deepEqual(await names(), changed.map((row) => row.function).sort());
        assert.equal(await tab.locator("#changes th[aria-sort=ascending]").textContent(), "function");
        await tab.selectOption("#direction", "grown");
        assert.deepEqual(await names(), ["index_build", "parse"]);
        await tab.selectOption("#direction", "shrunk");
        assert.match((await names()).join(), /^store::Cache::put/);
        await tab.selectOption("#direction", "all");
        await tab.fill("#search", "LIBSTORE");
        const ofStore = truth.heap.functions.filter(({ module }) => module === "libstore.so.1");
        assert.deepEqual((await names()).sort(), ofStore.map((row) => row.function).sort());
        const sum = exact(await tab.locator("#changes-sum span").last().getAttribute("title"));
        assert.equal(
            sum,
            ofStore.reduce((total, { change }) => total + change, 0),
        );
    }));

test("grown and shrunk differ in sign, side and length, not in colour alone", () =>
    visit(browser, diffHtml(tidemark, older, newer), async (tab) => {
        const bars = await tab.locator("#changes tbody tr").evaluateAll((rows) =>
            rows.map((row) => {
                const box = row.querySelector(".difference").getBoundingClientRect();
                const fill = row.querySelector(".fill").getBoundingClientRect();
                const middle = box.left + box.width / 2;
                return { right: fill.right - middle, left: middle - fill.left, text: row.cells[0].textContent };
            }),
        );
        const changed = truth.heap.functions.filter(({ change }) => change);
        assert.ok(Math.abs(Math.max(bars[0].right, bars[0].left) - 60) < 1);
        changed.forEach(({ change }, i) => {
            assert.equal(bars[i].text[0], change > 0 ? "+" : "−");
            assert.ok(change > 0 ? bars[i].right > 0.5 : bars[i].left > 0.5);
            assert.ok((change > 0 ? bars[i].left : bars[i].right) < 0.5);
        });
    }));

test("dark, on a phone, printed", async () => {
    await visit(browser, diffHtml(tidemark, older, newer), async (tab) => {
        const paper = () => tab.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const light = await paper();
        await tab.click("#theme");
        await tab.click("#theme");
        assert.notEqual(await paper(), light);
        await screenshot(tab, "diff-dark");
        await tab.emulateMedia({ media: "print" });
        assert.ok(await tab.isHidden(".tools"));
    });
    const phone = { viewport: { width: 390, height: 844 } };
    const look = async (tab) => {
        assert.ok(await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
        await screenshot(tab, "diff-phone", { fullPage: true });
    };
    await visit(browser, diffHtml(tidemark, older, newer), look, phone);
});

test("two recordings that are the same have nothing to show", () =>
    visit(browser, diffHtml(tidemark, older, older), async (tab) => {
        assert.equal((await cells(tab, "#changes")).length, 0);
        assert.match(await tab.textContent("#changes-sum"), /^0 of .* together 0 B$/);
    }));

test("hostile names are text and nothing else", () => {
    const evil = record(maker, folder, "diff-hostile", hostile());
    return visit(browser, diffHtml(tidemark, older, evil), async (tab) => {
        assert.equal(await tab.evaluate(() => window.hacked), undefined);
        assert.equal(await tab.locator("img, script:not([id])").count(), 1); // the page's own script
        assert.ok((await tab.textContent("#command")).includes(HOSTILE[0]));
        const names = (await shownChanges(tab)).map((row) => row.function);
        for (const name of [HOSTILE[0], HOSTILE[1], "__proto__"]) assert.ok(names.includes(name), name);
        assert.ok(names.every((name) => !/[\x00-\x1f]/.test(name) && name.length <= 300));
        await screenshot(tab, "diff-hostile");
    });
});

const MASSIF = `desc: none
cmd: shop
time_unit: i
snapshot=0
time=1000
mem_heap_B=1000
mem_heap_extra_B=0
mem_stacks_B=0
heap_tree=peak
n1: 1000 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.
 n0: 1000 0x4011B6: parse (shop.c:12)
`;

test("what an imported file does not count is called so, and not compared", () => {
    const file = path.join(folder, "diff-massif");
    writeFileSync(`${file}.out`, MASSIF);
    execFileSync(tidemark, ["import", "--force", "-o", `${file}.tide`, `${file}.out`], { stdio: "pipe" });
    return visit(browser, diffHtml(tidemark, `${file}.tide`, newer), async (tab) => {
        const facts = await cells(tab, "#sides");
        assert.deepEqual(facts[4].slice(0, 2), ["heap", "1,000 B"]);
        assert.deepEqual(facts[5], ["heap, blocks", "not counted", "193", ""]);
        assert.deepEqual(facts[6], ["mapped", "not counted", "3,145,728 B", ""]);
        assert.ok(await tab.isHidden("#memory-pick"));
        assert.equal(await tab.locator("#changes th >> text=blocks").count(), 0);
    });
});

test("all that can be pressed has a name, and Tab gets there", () =>
    visit(browser, diffHtml(tidemark, older, newer), async (tab) => {
        for (const [role, name] of [
            ["searchbox", "Search functions and modules"],
            ["combobox", "Show"],
            ["combobox", "Memory"],
            ["button", "Theme: as the system"],
            ["table", "The older and the newer recording"],
            ["table", "Functions, what they held and hold"],
        ])
            assert.equal(await tab.getByRole(role, { name, exact: true }).count(), 1, name);
        const reached = [];
        for (let i = 0; i < 7; i++) {
            await tab.keyboard.press("Tab");
            reached.push(await tab.evaluate(() => document.activeElement.id || document.activeElement.textContent));
        }
        assert.deepEqual(reached.slice(1, 5), ["theme", "search", "direction", "memory"]);
        assert.match(reached.slice(5).join(), /^change.*,change %$/);
    }));
