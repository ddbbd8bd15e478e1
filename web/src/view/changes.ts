import type { Diff, FunctionChange, Part } from "../data/diff";
import { countOf, countText, cut } from "../format";
import { amountFigure, blocksTitle, changeFigure, ratioText, signed } from "./change_words";
import { byId, element } from "./dom";
import { type Column, SortableTable } from "./sortable_table";

const IS_SHOWN: Record<string, (row: FunctionChange) => boolean> = {
    changed: ({ change }) => change !== 0,
    grown: ({ change }) => change > 0,
    shrunk: ({ change }) => change < 0,
    all: () => true,
};

/** The table of functions that grew or shrank, and what the shown ones add up to. */
export class Changes {
    private readonly table: SortableTable<FunctionChange>;
    private readonly search = byId<HTMLInputElement>("search");
    private readonly direction = byId<HTMLSelectElement>("direction");
    private readonly memory = byId<HTMLSelectElement>("memory");
    private largest = 0; // change of a function, for the bars

    constructor(private readonly diff: Diff) {
        this.table = new SortableTable(byId("changes"), "Functions, what they held and hold", this.columns(), 0);
        byId("memory-pick").hidden =
            !diff.mapped.functions.length || !diff.old.mapped_counted || !diff.new.mapped_counted;
        for (const input of [this.search, this.direction, this.memory])
            input.addEventListener("input", () => this.update());
        this.update();
    }

    private columns(): Column<FunctionChange>[] {
        const { diff } = this;
        const columns: Column<FunctionChange>[] = [
            {
                title: "change",
                isFigure: true,
                key: ({ change }) => Math.abs(change),
                cell: ({ change }) =>
                    element("span", { class: "change" }, this.differenceBar(change), changeFigure(diff, change)),
            },
            {
                title: "change %",
                isFigure: true,
                isExtra: true,
                key: (row) => (row.old ? row.change / row.old : Infinity * Math.sign(row.change) || 0),
                cell: (row) => ratioText(row.old, row.new),
            },
            { title: "old", isFigure: true, key: (row) => row.old, cell: (row) => amountFigure(diff, row.old) },
            { title: "new", isFigure: true, key: (row) => row.new, cell: (row) => amountFigure(diff, row.new) },
        ];
        if (diff.old.blocks_counted && diff.new.blocks_counted) columns.push(this.blocksColumn());
        columns.push(
            textColumn("function", "function", (row) => row.function),
            textColumn("where", "where", (row) => row.where ?? "", true),
            textColumn("module", "name", (row) => row.module ?? "", true),
        );
        return columns;
    }

    private blocksColumn(): Column<FunctionChange> {
        const change = (row: FunctionChange): number => row.new_blocks - row.old_blocks;
        return {
            title: blocksTitle(this.diff),
            isFigure: true,
            isExtra: true,
            key: (row) => Math.abs(change(row)),
            cell: (row) =>
                element(
                    "span",
                    { title: `from ${countText(row.old_blocks)} to ${countText(row.new_blocks)}` },
                    signed(change(row), countText),
                ),
        };
    }

    /** For the eye only: sign and figure stand beside it. */
    private differenceBar(change: number): HTMLElement {
        const fill = element("span", { class: `fill ${change < 0 ? "shrunk" : "grown"}` });
        fill.style.width = `${this.largest ? (50 * Math.abs(change)) / this.largest : 0}%`;
        return element("span", { class: "difference", "aria-hidden": "true" }, ...(change ? [fill] : []));
    }

    private update(): void {
        const part = this.diff[this.memory.value as "heap" | "mapped"];
        const wanted = this.search.value.trim().toLowerCase();
        const isMatch = (row: FunctionChange): boolean =>
            `${row.function} ${row.module ?? ""}`.toLowerCase().includes(wanted);
        const rows = part.functions.filter((row) => IS_SHOWN[this.direction.value](row) && isMatch(row));
        this.largest = part.functions.reduce((most, { change }) => Math.max(most, Math.abs(change)), 0);
        byId("changes-sum").replaceChildren(...this.sums(part, rows));
        this.table.show(rows);
    }

    /** "3 of 9 functions: 2 grew by 4.00 MiB, 1 shrank by 1.00 MiB, together +3.00 MiB" */
    private sums(part: Part, rows: FunctionChange[]): (Node | string)[] {
        const grown = rows.filter(IS_SHOWN.grown);
        const shrunk = rows.filter(IS_SHOWN.shrunk);
        const sum = (of: FunctionChange[]): number => of.reduce((total, { change }) => total + change, 0);
        return [
            `${countText(rows.length)} of ${countOf(part.functions.length, "function")}: ${countText(grown.length)} grew by `,
            amountFigure(this.diff, sum(grown)),
            `, ${countText(shrunk.length)} shrank by `,
            amountFigure(this.diff, -sum(shrunk)),
            ", together ",
            changeFigure(this.diff, sum(rows)),
        ];
    }
}

function textColumn(
    title: string,
    style: string,
    text: (row: FunctionChange) => string,
    isExtra = false,
): Column<FunctionChange> {
    return {
        title,
        isFigure: false,
        isExtra,
        key: text,
        cell: (row) =>
            element("span", { class: style, title: cut(text(row), 2000) }, element("bdi", {}, cut(text(row)))),
    };
}
