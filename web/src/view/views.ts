import type { Recording } from "../data/recording";
import { countOf, durationText, percentText } from "../format";
import { sum, type View, weigh } from "../model/weights";
import type { Choice, State } from "../state";
import { byId, element } from "./dom";
import { amountText, exactText, hasRanges, isLeaked } from "./words";

const ORDER: View[] = ["peak", "end", "total", "temporary", "range"];

/** The figures of the whole run, each a button that shows where it comes from. */
export class Views {
    private readonly figures = new Map<View, { button: HTMLButtonElement; figure: HTMLElement; note: HTMLElement }>();

    constructor(private readonly recording: Recording, state: State) {
        for (const view of ORDER) {
            const figure = element("strong");
            const note = element("span", { class: "note" });
            const made = element("button", { type: "button", "data-view": view },
                element("span", { class: "name" }, this.title(view)), figure, note);
            made.addEventListener("click", () => state.set({ view }));
            this.figures.set(view, { button: made, figure, note });
            byId("views").append(made);
        }
        (this.figures.get("range") as { button: HTMLButtonElement }).button.disabled = !hasRanges(recording);
        state.onChange((choice) => this.update(choice));
    }

    private title(view: View): string {
        const titles = { peak: "At the peak", total: "In total", temporary: "Temporary", range: "In a range" };
        return view === "end" ? (isLeaked(this.recording) ? "Leaked" : "Held at the end") : titles[view];
    }

    private update(choice: Choice): void {
        for (const [view, { button, figure, note }] of this.figures) {
            const weights = weigh(this.recording, { ...choice, view });
            const amount = sum(weights.amount);
            const blocks = sum(weights.blocks);
            const isChosen = view !== "range" || choice.view === "range";
            figure.textContent = isChosen ? amountText({ ...choice, view }, amount) : "–";
            figure.title = isChosen ? exactText({ ...choice, view }, amount) : "";
            note.textContent = this.note(choice, view, amount, blocks);
            button.setAttribute("aria-pressed", String(view === choice.view));
        }
    }

    private note(choice: Choice, view: View, amount: number, blocks: number): string {
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
                if (!hasRanges(this.recording)) return "the run was too short";
                return choice.view === "range" ? countOf(blocks, "block") : "drag over the plot";
        }
    }
}
