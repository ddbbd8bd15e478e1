import type { Recording } from "../data/recording";
import { cut } from "../format";
import type { Modules } from "../model/modules";
import { MMAP, type RangeMeasure } from "../model/weights";
import type { Choice, State } from "../state";
import { button, byId, element } from "./dom";
import { amountOf, threadName, viewTitle } from "./words";

/** What stands above the flame graph: search, what is left out, whose memory. */
export class Tools {
    private readonly search = byId<HTMLInputElement>("search");
    private readonly hideButtons: [HTMLElement, number[]][];
    private readonly moduleButtons: [HTMLElement, number[]][];
    private readonly measureButtons: [HTMLElement, RangeMeasure][];

    constructor(
        private readonly recording: Recording,
        private readonly modules: Modules,
        private readonly state: State,
    ) {
        this.search.addEventListener("input", () => state.set({ search: this.search.value }));
        byId("invert").addEventListener("click", () => state.set({ isInverted: !state.choice.isInverted }));
        this.hideButtons = [
            [byId("hide-libraries"), modules.libraries],
            [byId("hide-interpreter"), modules.interpreters],
        ];
        for (const [hide, rows] of this.hideButtons) {
            hide.hidden = !rows.length || rows.length === modules.rows.length;
            hide.addEventListener("click", () => this.toggle(rows));
        }
        this.moduleButtons = modules.coloured.map((row) => this.moduleButton(modules.name(row), [row]));
        if (modules.others.length)
            this.moduleButtons.push(this.moduleButton(`${modules.others.length} others`, modules.others));
        this.measureButtons = [this.measureButton("held", "Still held"), this.measureButton("allocated", "Allocated")];
        this.fillThreads();
        this.fillMemory();
        state.onChange(["graph", "search"], () => this.update(state.choice));
    }

    private toggle(rows: number[]): void {
        const hidden = new Set(this.state.choice.hidden);
        const isHidden = rows.every((row) => hidden.has(row));
        for (const row of rows) {
            if (isHidden) hidden.delete(row);
            else hidden.add(row);
        }
        this.state.set({ hidden });
    }

    private moduleButton(label: string, rows: number[]): [HTMLElement, number[]] {
        const swatch = element("span", { class: `swatch module-${this.modules.colour(rows[0])}` });
        const made = button({ title: "Show or hide these frames" }, swatch, () => this.toggle(rows));
        made.append(cut(label, 60));
        byId("modules").append(element("li", {}, made));
        return [made, rows];
    }

    private measureButton(rangeMeasure: RangeMeasure, label: string): [HTMLElement, RangeMeasure] {
        const made = button({}, label, () => this.state.set({ rangeMeasure }));
        byId("range-measure").append(made);
        return [made, rangeMeasure];
    }

    private fillThreads(): void {
        const { recording, state } = this;
        const select = byId<HTMLSelectElement>("thread");
        select.append(element("option", { value: "" }, `all (${recording.threads.length})`));
        recording.threads.forEach((_, row) =>
            select.append(element("option", { value: String(row) }, threadName(recording, row))),
        );
        select.addEventListener("change", () => state.set({ thread: select.value ? Number(select.value) : null }));
        byId("thread-pick").hidden = recording.threads.length < 2;
    }

    private fillMemory(): void {
        const select = byId<HTMLSelectElement>("memory");
        const mmap = this.recording.kinds.indexOf(MMAP);
        select.addEventListener("change", () => this.state.set({ ofMappings: select.value === "mappings" }));
        byId("memory-pick").hidden = !this.recording.sites.kind.includes(mmap);
    }

    private update(choice: Choice): void {
        const press = (pressed: HTMLElement, is: boolean): void => pressed.setAttribute("aria-pressed", String(is));
        if (this.search.value !== choice.search) this.search.value = choice.search;
        press(byId("invert"), choice.isInverted);
        for (const [hide, rows] of this.hideButtons)
            press(
                hide,
                rows.every((row) => choice.hidden.has(row)),
            );
        for (const [shown, rows] of this.moduleButtons) press(shown, !rows.every((row) => choice.hidden.has(row)));
        for (const [measure, name] of this.measureButtons) press(measure, choice.rangeMeasure === name);
        byId("range-measure").hidden = choice.view !== "range";
        byId("where-title").textContent = viewTitle(this.recording, choice);
        const { tree } = this.state.shown;
        byId("where-sum").textContent = amountOf(choice, tree.totalAmount[0], tree.totalBlocks[0]);
    }
}
