// Recordings that tests and the benchmark are about, as the rows that maker.c takes.

const KIND = { malloc: 0, new: 9, mmap: 11 };
const MS = 1e6;

const escape = (text) =>
    text.replace(/[%\t\n\r\x00-\x1f]/g, (letter) => `%${letter.charCodeAt(0).toString(16).padStart(2, "0")}`);

/** Collects rows; each method returns the row's number. */
class Rows {
    lines = [];
    counts = {};

    constructor(command) {
        this.lines.push(`command\t${escape(command)}`);
        this.counts.node = this.counts.owner = 1; // the root, nobody
    }

    add(table, ...fields) {
        this.lines.push(
            [table, ...fields.map((field) => (typeof field === "string" ? escape(field) : field))].join("\t"),
        );
        const row = this.counts[table] ?? 0;
        this.counts[table] = row + 1;
        return row;
    }

    module(path) {
        return this.add("module", path);
    }
    thread(tid, name) {
        return this.add("thread", tid, name);
    }
    owner(parent, name) {
        return this.add("owner", parent, name);
    }
    code(module, name, file = "", line = 0) {
        return this.add("code", module, line, file, name);
    }
    node(parent, code) {
        return this.add("node", parent, code);
    }
    site(node, thread = 0, kind = "malloc", owner = 0) {
        return this.add("site", node, thread, KIND[kind], owner);
    }
    text() {
        return `${this.lines.join("\n")}\n`;
    }
}

/**
 * A shop that parses orders for a second, keeps a cache, and frees all but that. 40 moments. Rebuilt, it has larger
 * orders, a smaller cache, and an index.
 */
export function shop(isRebuilt = false) {
    const rows = new Rows(`shop --stock '${isRebuilt ? "most" : "all"} of it'`);
    const program = rows.module("/opt/shop/bin/shop");
    const store = rows.module("/opt/shop/lib/libstore.so.1");
    const python = rows.module("/usr/lib/libpython3.11.so.1.0");
    const main = rows.thread(4321, "shop");
    const worker = rows.thread(4322, "worker");
    const cache = rows.owner(rows.owner(0, "stock"), "cache");
    const start = rows.node(0, rows.code(program, "main", "/src/shop/main.c", 20));
    const parseCode = rows.code(program, "parse", "/src/shop/parse.c", 80);
    const parse = rows.node(start, parseCode);
    const again = rows.node(parse, parseCode); // recursion
    const script = rows.node(start, rows.code(python, "_PyEval_EvalFrameDefault"));
    const rule = rows.node(script, rows.code(store, "_ZN5store4Rule5applyEv", "/src/store/rule.cc", 7));
    const run = rows.node(0, rows.code(program, "worker_run", "/src/shop/worker.c", 55));
    const cacheCode = rows.code(store, "_ZN5store5Cache3putERKSs", "/src/store/cache.cc", 90);
    const sites = [
        { site: rows.site(parse, main), size: isRebuilt ? 1500 : 1000, live: (step) => (step < 35 ? 3 * step : 0) },
        { site: rows.site(again, main), size: 64, live: (step) => (step < 20 ? 10 * step : 20) },
        {
            site: rows.site(rows.node(start, cacheCode), main, "new", cache),
            size: 4096,
            live: (step) => Math.min(step, isRebuilt ? 20 : 30),
        },
        { site: rows.site(rule, main), size: 300, live: (step) => (step % 4) * 7 },
        { site: rows.site(rows.node(run, cacheCode), worker, "new"), size: 4096, live: (step) => (step > 10 ? 3 : 0) },
        {
            site: rows.site(rows.node(run, rows.code(store, "store_map", "/src/store/map.c", 7)), worker, "mmap"),
            size: 1 << 20,
            live: (step) => (step > 5 ? (isRebuilt ? 3 : 2) : 0),
            isMapped: true,
        },
    ];
    if (isRebuilt) {
        const index = rows.node(start, rows.code(program, "index_build", "/src/shop/index.c", 12));
        sites.push({ site: rows.site(index, main), size: 2048, live: (step) => step });
    }
    tell(rows, sites, 40);
    return rows.text();
}

/** Lets time pass: at each step a site holds `live(step)` blocks of `size`, and has freed what it held before. */
function tell(rows, sites, steps) {
    const heapAt = (step) =>
        sites.filter(({ isMapped }) => !isMapped).reduce((sum, { size, live }) => sum + size * live(step), 0);
    const times = Array.from({ length: steps }, (_, step) => step);
    const peakStep = times.reduce((best, step) => (heapAt(step) >= heapAt(best) ? step : best), 0);
    const allocated = sites.map(() => 0);
    const last = sites.map(() => 0);
    for (const step of times) {
        rows.add("peak", (peakStep + 1) * 25 * MS, heapAt(Math.min(step, peakStep)));
        sites.forEach(({ site, size, live }, i) => {
            const now = live(step);
            if (now > last[i]) allocated[i] += now - last[i];
            last[i] = now;
            const atPeak = live(Math.min(step, peakStep));
            rows.add(
                "counts",
                site,
                allocated[i] * size,
                allocated[i],
                (allocated[i] - now) * size,
                allocated[i] - now,
                atPeak * size,
                atPeak,
                i === 3 ? Math.floor(allocated[i] / 2) : 0,
            );
        });
        rows.add(
            "sample",
            (step + 1) * 25 * MS,
            heapAt(step),
            0,
            heapAt(step) + 3e6,
            step % 5 ? 0 : heapAt(step) + 2e6,
        );
        rows.add("moment", (step + 1) * 25 * MS, heapAt(step));
    }
}

export const HOSTILE = [
    "</script><script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07",
    "two\nlines\r\nand a\ttab",
    `std::map<${"std::vector<std::pair<int, char>>, ".repeat(300)}int>::at(int)`,
    "]]>--><!-- \"quoted\" 'name' &amp; &#60;b&#62;",
    "\u202Eright to left\u2066",
    "__proto__",
];

/** Every name that there is, is one that wants to do harm. */
export function hostile() {
    const rows = new Rows(`sh -c '${HOSTILE[0]}'${HOSTILE[1]}`);
    const sites = HOSTILE.map((name, i) => {
        const module = rows.module(`/opt/${name}/lib${name.replaceAll("/", "|")}.so`);
        const thread = rows.thread(100 + i, name.slice(0, 100));
        const outer = rows.node(0, rows.code(module, name, `/src/${name}.c`, i + 1));
        return { site: rows.site(outer, thread), size: 1000 * (i + 1), live: () => 1 };
    });
    tell(rows, sites, 3);
    return rows.text();
}

/** A tree of `nodes`, deep and wide, with a site at each, and counts that change over `moments`. */
export function large(nodes, moments) {
    const rows = new Rows("large");
    const modules = ["bin/large", "lib/liba.so", "lib/libb.so", "lib/libc.so.6"].map((path) =>
        rows.module(`/usr/${path}`),
    );
    rows.thread(1, "main");
    const codes = Array.from({ length: 3000 }, (_, i) =>
        rows.code(
            modules[i % 4],
            `ns::Class${i % 97}<std::vector<int>, ${i}>::method_${i}(int, char const*)`,
            `/src/file${i % 200}.cc`,
            i + 1,
        ),
    );
    rows.node(0, codes[0]);
    const blocks = new Float64Array(nodes);
    for (let i = 1; i < nodes; i++) {
        const parent = i < 60 ? i : Math.floor(i / 3) + 17; // a deep start, then three calls from each
        rows.node(parent, codes[(i * 7919) % 3000]);
        rows.site(i + 1);
        blocks[i] = 1 + ((i * 31) % 17);
    }
    for (let moment = 1; moment <= moments; moment++) {
        let heap = 0;
        for (let i = 1; i < nodes; i++) {
            if (i % moments !== moment % moments) continue;
            const bytes = blocks[i] * 64;
            heap += bytes;
            rows.add("counts", i - 1, bytes, blocks[i], 0, 0, bytes, blocks[i], 0);
        }
        rows.add("sample", moment * 50 * MS, heap * moment, 0, heap * moment + 1e7, 0);
        rows.add(
            "peak",
            moment * 50 * MS,
            blocks.reduce((sum, count) => sum + count * 64, 0),
        );
        rows.add("moment", moment * 50 * MS, heap);
    }
    return rows.text();
}
