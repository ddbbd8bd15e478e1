import type { Recording } from "../data/recording";
import { cut, percentText, shortFunction } from "../format";
import { type Branch, heaviestBranches } from "../model/branches";
import type { Modules } from "../model/modules";
import type { State } from "../state";
import { bar, button, byId, element } from "./dom";
import { amountText, whereText } from "./words";

const LINES = 6;
const NAMELESS = /\+0x[0-9a-f]+$/;

/** The answer in six lines: the calls that led to most of what is shown. Pressing one zooms the flame graph to it. */
export class TopList {
    private readonly list = byId("top-list");

    constructor(
        private readonly recording: Recording,
        private readonly modules: Modules,
        private readonly state: State,
    ) {
        state.onChange(["shown"], () => this.update());
    }

    private update(): void {
        const { tree } = this.state.shown;
        const whole = tree.totalAmount[0];
        const branches = heaviestBranches(tree, LINES);
        const rest = whole - branches.reduce((sum, { amount }) => sum + amount, 0);
        this.list.replaceChildren(...branches.map((branch) => this.line(branch)));
        if (rest > 0) this.list.append(element("li", { class: "rest" }, "elsewhere", this.figures(rest)));
        if (!whole) this.list.replaceChildren(element("li", { class: "rest" }, "nothing"));
    }

    private figures(amount: number): HTMLElement {
        return element(
            "span",
            { class: "figures" },
            amountText(this.state.choice, amount),
            element("b", {}, percentText(amount, this.state.shown.tree.totalAmount[0])),
        );
    }

    private line(branch: Branch): HTMLElement {
        const { functions, strings } = this.recording;
        const row = this.state.shown.tree.function[branch.node];
        const name = strings[functions.name[row]];
        const where =
            whereText(this.recording, this.state.shown.places.get(row)) || this.modules.name(functions.module[row]);
        const goesTo = NAMELESS.test(name) ? this.named(branch.node) : "";
        const label = button(
            { class: "function", title: `${cut(name)}\n${cut(where)}` },
            cut(shortFunction(name), 120),
            () => this.zoom(branch.node),
        );
        const note = goesTo ? `→ ${cut(shortFunction(goesTo), 80)}` : cut(where.replace(/.*\//, ""), 60);
        const context = element("span", { class: "context" }, branch.isOwn ? `itself, ${note}` : note);
        return element(
            "li",
            {},
            element("span", { class: "what" }, label, context),
            this.figures(branch.amount),
            bar(
                branch.amount,
                this.state.shown.tree.totalAmount[0],
                `module-${this.modules.colour(functions.module[row])}`,
            ),
        );
    }

    /** The first function with a name that nearly all goes on to from one that has none. */
    private named(node: number): string {
        const { tree } = this.state.shown;
        const { functions, strings } = this.recording;
        for (
            let at = node;
            at !== undefined && tree.totalAmount[at] > 0.9 * tree.totalAmount[node];
            at = tree.children(at)[0]
        ) {
            const name = strings[functions.name[tree.function[at]]];
            if (!NAMELESS.test(name)) return name;
        }
        return "";
    }

    private zoom(node: number): void {
        const { tree } = this.state.shown;
        this.state.set({ isInverted: false, zoom: tree.path(node).map((step) => tree.function[step]) });
    }
}
