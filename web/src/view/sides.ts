import type { Diff, Side } from "../data/diff";
import { countText } from "../format";
import { amountFigure, changeFigure, ratioText, signed } from "./change_words";
import { byId, element } from "./dom";

const VIEWS = {
    peak: "At the peak",
    leaks: "Not freed at the end",
    total: "Allocated in total",
    temporary: "Temporary: freed before their thread’s next allocation",
};

type Cell = Node | string;

/** The head of the page, and a table of the two recordings and their sums. */
export function showSides(diff: Diff): void {
    const commands = [...new Set([diff.old.command ?? "", diff.new.command ?? ""])];
    document.title = `${commands.at(-1)} – Tidemark comparison`;
    byId("command").textContent = commands.join(" → ");
    byId("run").textContent =
        VIEWS[diff.view] +
        (diff.thread ? ` · only thread ${diff.thread}` : "") +
        (diff.filter ? ` · only stacks matching '${diff.filter}'` : "");
    byId("sides").append(
        element(
            "table",
            {},
            element("caption", { class: "unseen" }, "The older and the newer recording"),
            element("thead", {}, row("th", { scope: "col" }, ["", "old", "new", "change"])),
            element("tbody", {}, ...facts(diff).map(factRow)),
        ),
    );
}

function row(tag: "th" | "td", attributes: Record<string, string>, cells: Cell[]): HTMLTableRowElement {
    return element("tr", {}, ...cells.map((cell) => element(tag, attributes, cell)));
}

function factRow([name, ...cells]: [string, ...Cell[]]): HTMLTableRowElement {
    const made = row("td", {}, cells);
    made.prepend(element("th", { scope: "row" }, name));
    return made;
}

function facts(diff: Diff): [string, Cell, Cell, Cell][] {
    const both = (text: (side: Side) => string): [Cell, Cell, Cell] => [text(diff.old), text(diff.new), ""];
    const all: [string, Cell, Cell, Cell][] = [
        ["file", ...both(({ path }) => path)],
        ["command", ...both(({ command }) => command ?? "not known")],
        ["started", ...both(startText)],
        ["measured", ...both(({ measured }) => measured)],
    ];
    for (const name of ["heap", "mapped"] as const) {
        const part = diff[name];
        if (name === "mapped" && !part.functions.length) continue;
        const ratio = ratioText(part.old, part.new);
        const change = element("span", {}, changeFigure(diff, part.change), ratio && ` (${ratio})`);
        all.push([name, amountFigure(diff, part.old), amountFigure(diff, part.new), change]);
        const blocks = (side: Side, count: number): string => (side.blocks_counted ? countText(count) : "not counted");
        const isCounted = diff.old.blocks_counted && diff.new.blocks_counted;
        all.push([
            `${name}, ${diff.view === "total" || diff.view === "temporary" ? "allocations" : "blocks"}`,
            blocks(diff.old, part.old_blocks),
            blocks(diff.new, part.new_blocks),
            isCounted ? signed(part.new_blocks - part.old_blocks, countText) : "",
        ]);
    }
    return all;
}

function startText({ start_unix_ns }: Side): string {
    return start_unix_ns ? new Date(start_unix_ns / 1e6).toLocaleString("sv") : "not known";
}
