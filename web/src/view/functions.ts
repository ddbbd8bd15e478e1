import type { Recording } from "../data/recording";
import { countOf, countText, cut, percentText } from "../format";
import type { Modules } from "../model/modules";
import { matches } from "../model/search";
import type { Share } from "../model/shares";
import type { State } from "../state";
import { bar, byId, element, figure } from "./dom";
import { type Column, SortableTable } from "./sortable_table";
import { amountText, exactText, whereText } from "./words";

/** The table of functions. The search above the flame graph filters it too. */
export class Functions {
    private readonly table: SortableTable<Share>;

    constructor(
        private readonly recording: Recording,
        private readonly modules: Modules,
        private readonly state: State,
    ) {
        this.table = new SortableTable(byId("functions"), "Functions and what they allocate", this.columns(), 0);
        state.onChange(["shown", "search"], () => this.update());
    }

    private columns(): Column<Share>[] {
        const amount = (of: number): Node | string =>
            of ? figure(amountText(this.state.choice, of), exactText(this.state.choice, of)) : "";
        const whole = (): number => this.state.shown.tree.totalAmount[0];
        return [
            { title: "own", isFigure: true, key: (share) => share.ownAmount, cell: (share) => amount(share.ownAmount) },
            {
                title: "own %",
                isFigure: true,
                isExtra: true,
                key: (share) => share.ownAmount,
                cell: (share) =>
                    element(
                        "span",
                        { class: "with-bar" },
                        bar(share.ownAmount, whole(), `module-${this.modules.colour(this.module(share))}`),
                        percentText(share.ownAmount, whole()),
                    ),
            },
            {
                title: "total",
                isFigure: true,
                key: (share) => share.totalAmount,
                cell: (share) => amount(share.totalAmount),
            },
            {
                title: "total %",
                isFigure: true,
                isExtra: true,
                key: (share) => share.totalAmount,
                cell: (share) => percentText(share.totalAmount, whole()),
            },
            {
                title: "blocks",
                isFigure: true,
                isExtra: true,
                key: (share) => share.ownBlocks,
                cell: (share) => (share.ownBlocks ? countText(share.ownBlocks) : ""),
            },
            {
                title: "function",
                isFigure: false,
                key: (share) => this.name(share),
                cell: (share) =>
                    element("span", { class: "function", title: cut(this.name(share), 2000) }, cut(this.name(share))),
            },
            {
                title: "where",
                isFigure: false,
                isExtra: true,
                key: (share) => this.where(share),
                cell: (share) => this.whereCell(share),
            },
            {
                title: "module",
                isFigure: false,
                isExtra: true,
                key: (share) => this.modules.name(this.module(share)),
                cell: (share) => cut(this.modules.name(this.module(share)), 80),
            },
        ];
    }

    private name({ row }: Share): string {
        return this.recording.strings[this.recording.functions.name[row]];
    }

    private module({ row }: Share): number {
        return this.recording.functions.module[row];
    }

    private where({ row }: Share): string {
        return whereText(this.recording, this.state.shown.places.get(row));
    }

    private whereCell(share: Share): HTMLElement {
        const where = this.where(share);
        return element("span", { class: "where", title: cut(where) }, element("bdi", {}, cut(where)));
    }

    private update(): void {
        const { shares } = this.state.shown;
        const isMatch = matches(this.recording, this.state.choice.search);
        const rows = shares.filter((share) => share.totalAmount && (!isMatch || isMatch[share.row]));
        byId("functions-sum").textContent = isMatch
            ? `${countText(rows.length)} of ${countOf(shares.length, "function")} matched`
            : countOf(rows.length, "function");
        this.table.show(rows);
    }
}
