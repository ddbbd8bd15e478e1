import type { Recording } from "../data/recording";
import { countText, cut, percentText, shortFunction } from "../format";
import type { State } from "../state";
import { button, byId, element, figure } from "./dom";
import { type Column, SortableTable } from "./sortable_table";
import { amountText, exactText } from "./words";

/** The flame graph for those who cannot see it: where it is zoomed into, and what is called from there. */
export class Calls {
    private readonly path = byId("path");
    private readonly of = byId("calls-of");
    private readonly table: SortableTable<number>;

    constructor(
        private readonly recording: Recording,
        private readonly state: State,
    ) {
        this.table = new SortableTable(
            byId("calls"),
            "What is called from the frame that is zoomed into",
            this.columns(),
            0,
        );
        state.onChange(["graph", "zoom"], () => this.update());
    }

    private get graph() {
        return this.state.shown.graph;
    }

    private columns(): Column<number>[] {
        return [
            {
                title: "total",
                isFigure: true,
                key: (node) => this.graph.totalAmount[node],
                cell: (node) => this.amount(this.graph.totalAmount[node]),
            },
            {
                title: "%",
                isFigure: true,
                key: (node) => this.graph.totalAmount[node],
                cell: (node) => percentText(this.graph.totalAmount[node], this.graph.totalAmount[0]),
            },
            {
                title: "own",
                isFigure: true,
                key: (node) => this.graph.ownAmount[node],
                cell: (node) => (this.graph.ownAmount[node] ? this.amount(this.graph.ownAmount[node]) : ""),
            },
            {
                title: "calls",
                isFigure: true,
                key: (node) => this.graph.children(node).length,
                cell: (node) => countText(this.graph.children(node).length),
            },
            {
                title: "function",
                isFigure: false,
                key: (node) => this.name(node),
                cell: (node) => button({ class: "function" }, cut(this.name(node)), () => this.zoom(node)),
            },
        ];
    }

    private amount(amount: number): Node {
        return figure(amountText(this.state.choice, amount), exactText(this.state.choice, amount));
    }

    private name(node: number): string {
        return this.recording.strings[this.recording.functions.name[this.graph.function[node]]];
    }

    private zoom(node: number): void {
        const { graph } = this;
        this.state.set({ zoom: graph.path(node).map((step) => graph.function[step]) });
    }

    private update(): void {
        const top = this.graph.find(this.state.choice.zoom);
        const nodes = this.graph.path(top);
        const steps = [
            button({}, "all", () => this.zoom(0)),
            ...nodes.map((node) =>
                button({ title: cut(this.name(node)) }, cut(shortFunction(this.name(node)), 40), () => this.zoom(node)),
            ),
        ];
        steps[steps.length - 1].setAttribute("aria-current", "true");
        this.path.replaceChildren(...steps);
        this.path.hidden = !top;
        const verb = this.state.choice.isInverted ? "who calls" : "what is called from";
        this.of.replaceChildren(
            top ? `${verb} ` : this.state.choice.isInverted ? "who allocates" : "where it starts",
            top ? element("code", {}, cut(shortFunction(this.name(top)), 80)) : "",
        );
        this.table.show([...this.graph.children(top)]);
    }
}
