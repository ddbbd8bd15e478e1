import type { Diff, Side } from "../data/diff";
import { countText } from "../format";
import { amountFigure, blocksTitle, changeFigure, ratioText, signed } from "./change_words";
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
            element("thead", {}, row("th", { scope: "col" }, ["recording", "old", "new", "change"])),
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
    return [
        ["file", ...both(({ path }) => path)],
        ["command", ...both(({ command }) => command ?? "not known")],
        ["recorded", ...both(({ start_unix_ns }) => new Date(start_unix_ns / 1e6).toLocaleString("sv"))],
        ["measured", ...both(({ measured }) => measured)],
        ...sums(diff, "heap", () => true),
        ...(diff.mapped.functions.length ? sums(diff, "mapped", ({ mapped_counted }) => mapped_counted) : []),
    ];
}

/** What was not counted is not shown as 0, nor compared. */
function sums(diff: Diff, name: "heap" | "mapped", isCounted: (side: Side) => boolean): [string, Cell, Cell, Cell][] {
    const part = diff[name];
    const compared = (
        isCountedOf: (side: Side) => boolean,
        before: Cell,
        after: Cell,
        change: Cell,
    ): [Cell, Cell, Cell] => [
        isCountedOf(diff.old) ? before : "not counted",
        isCountedOf(diff.new) ? after : "not counted",
        isCountedOf(diff.old) && isCountedOf(diff.new) ? change : "",
    ];
    const ratio = ratioText(part.old, part.new);
    const change = element("span", {}, changeFigure(diff, part.change), ratio && ` (${ratio})`);
    const { old_blocks, new_blocks } = part;
    const hasBlocks = (side: Side): boolean => side.blocks_counted && isCounted(side);
    return [
        [name, ...compared(isCounted, amountFigure(diff, part.old), amountFigure(diff, part.new), change)],
        [
            `${name}, ${blocksTitle(diff)}`,
            ...compared(
                hasBlocks,
                countText(old_blocks),
                countText(new_blocks),
                signed(new_blocks - old_blocks, countText),
            ),
        ],
    ];
}
