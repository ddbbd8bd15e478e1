import type { Recording } from "../data/recording";
import { countOf, durationText, percentText } from "../format";
import { type Selection, sum, type View, weigh } from "../model/weights";
import type { State } from "../state";
import { byId, element } from "./dom";
import { amountText, blockWord, exactText, hasRanges, isLeaked } from "./words";

const ORDER: View[] = ["peak", "end", "total", "temporary", "range"];

interface Card {
    button: HTMLButtonElement;
    figure: HTMLElement;
    note: HTMLElement;
}

/** The figures of the whole run, each a button that shows where it comes from. */
export class Views {
    private readonly figures = new Map<View, Card>();

    constructor(
        private readonly recording: Recording,
        private readonly state: State,
    ) {
        for (const view of ORDER) {
            const figure = element("strong");
            const note = element("span", { class: "note" });
            const made = element(
                "button",
                { type: "button", "data-view": view },
                element("span", { class: "name" }, this.title(view)),
                figure,
                note,
            );
            made.addEventListener("click", () => state.set({ view }));
            this.figures.set(view, { button: made, figure, note });
            byId("views").append(made);
        }
        (this.figures.get("range") as Card).button.disabled = !hasRanges(recording);
        state.onChange(["thread", "ofMappings"], () => this.showRun());
        state.onChange(["view", "range", "rangeMeasure", "thread", "ofMappings"], () => this.showRange());
    }

    private title(view: View): string {
        const titles = { peak: "At the peak", total: "In total", temporary: "Temporary", range: "In a range" };
        return view === "end" ? (isLeaked(this.recording) ? "Leaked" : "Held at the end") : titles[view];
    }

    private showRun(): void {
        for (const view of ORDER) if (view !== "range") this.show({ ...this.state.choice, view });
    }

    private showRange(): void {
        const { choice } = this.state;
        for (const [view, { button }] of this.figures)
            button.setAttribute("aria-pressed", String(view === choice.view));
        if (choice.view === "range") return this.show(choice);
        const { figure, note } = this.figures.get("range") as Card;
        figure.textContent = "–";
        figure.title = "";
        note.textContent = hasRanges(this.recording) ? "drag over the plot" : "the run was too short";
    }

    private show(selection: Selection): void {
        const { figure, note } = this.figures.get(selection.view) as Card;
        const weights = weigh(this.recording, selection);
        const amount = sum(weights.amount);
        figure.textContent = amountText(selection, amount);
        figure.title = exactText(selection, amount);
        note.textContent = this.note(selection.view, amount, sum(weights.blocks));
    }

    private note(view: View, amount: number, blocks: number): string {
        const { run } = this.recording;
        switch (view) {
            case "peak":
                return `${countOf(blocks, "block")}, at ${durationText(run.heapPeakTimeNs)}`;
            case "end":
                return `${countOf(blocks, "block")} not freed`;
            case "total":
                return countOf(blocks, "allocation");
            case "temporary":
                return `${percentText(amount, blocks) || "none"} of all allocations`;
            case "range":
                return countOf(blocks, blockWord(this.state.choice));
        }
    }
}
