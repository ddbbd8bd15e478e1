// Opens a file in speedscope as its own command does, and prints what it shows: the profiles in it as [name, total],
// and of each the first rows of the table of functions, as [own, name].
// Usage: node tests/formats/view_speedscope.mjs PROFILE; exit status 77: there is nothing to open it with
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { launch, whatIsMissing } from "../web/browser.mjs";

/** speedscope's page, or null. */
function findPage() {
    try {
        const { resolve } = createRequire(new URL("../../web/package.json", import.meta.url));
        return path.join(path.dirname(resolve("speedscope/package.json")), "dist/release/index.html");
    } catch {
        return null;
    }
}

/** Of the lists on the page: first that of profiles, then that of functions. A row's first cell is not wanted. */
async function readRows(page) {
    await page.locator("text=Symbol Name").waitFor();
    const rows = await page.locator("table tr:has(td + td)").all();
    return Promise.all(rows.map(async (row) => (await row.locator("td").allInnerTexts()).slice(1)));
}

async function main() {
    const shown = findPage();
    const missing = whatIsMissing() ?? (shown ? null : "no speedscope: run npm ci in web/");
    if (missing) {
        console.error(missing);
        process.exit(77);
    }
    const [file] = process.argv.slice(2),
        script = `${file}.js`;
    const text = JSON.stringify(readFileSync(file).toString("base64"));
    writeFileSync(script, `speedscope.loadFileFromBase64("profile.json", ${text})`);
    const browser = await launch();
    const page = await browser.newPage();
    const faults = [],
        functions = [];
    let profiles = [];
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("dialog", (dialog) => faults.push(dialog.message()) && dialog.dismiss());
    await page.goto(`${pathToFileURL(shown)}#localProfilePath=${script}`);
    for (let number = 1, count = 1; number <= count; number++) {
        const place = page.getByText(new RegExp(`^\\(${number}/\\d+\\)$`)); // "peak (1/4)"
        await place.waitFor();
        count = Number((await place.innerText()).match(/\d+/g)[1]);
        await page.keyboard.press("3"); // the table
        const rows = await readRows(page);
        profiles = rows.slice(0, count);
        functions.push(rows.slice(count));
        await page.keyboard.press("n"); // the next profile
    }
    await browser.close();
    console.log(JSON.stringify({ faults, profiles, functions }));
}

await main();
