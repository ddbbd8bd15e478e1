import type { Recording } from "../data/recording";
import { countOf, cut, percentText, shortFunction } from "../format";
import type { Modules } from "../model/modules";
import { matchedAmount, matches } from "../model/search";
import type { Choice, Shown, State } from "../state";
import { byId } from "./dom";
import { FlameCanvas, type Look, type Palette, ROW_PX } from "./flame_canvas";
import { layout, type Rect } from "./flame_layout";
import { amountOf, amountText } from "./words";

const TALLEST = 0.62; // of the window

/** The flame graph: what is drawn where, and what mouse and keys do with it. */
export class FlameGraph {
    private readonly frame = byId("flame");
    private readonly space = byId("flame-space");
    private readonly detail = byId("flame-detail");
    private readonly found = byId("found");
    private readonly canvas = new FlameCanvas(byId<HTMLCanvasElement>("flame-canvas"));
    private readonly labels: string[] = []; // of functions, shortened when they are first drawn
    private rects: Rect[] = [];
    private top = 0; // the node that fills the width
    private focused = 0;
    private isMatch: Uint8Array | null = null;
    private colours: string[] = [];
    private palette: Palette = { ink: "", paper: "", focus: "" };
    private isDrawPlanned = false;

    constructor(
        private readonly recording: Recording,
        private readonly modules: Modules,
        private readonly state: State,
    ) {
        const { canvas } = this.canvas;
        canvas.addEventListener("mousemove", (event) => this.hover(event));
        canvas.addEventListener("mouseleave", () => this.tell(this.focused));
        canvas.addEventListener("click", (event) => this.click(event));
        canvas.addEventListener("keydown", (event) => this.key(event));
        this.frame.addEventListener("scroll", () => this.planDraw());
        new ResizeObserver(() => this.place()).observe(this.frame);
        state.onChange(["graph", "zoom", "search"], () => this.update());
    }

    /** Colours are those of the style sheet; to be called when the theme has changed. */
    readColours(): void {
        const resolve = (name: string): string => {
            this.detail.style.color = `var(${name})`;
            return getComputedStyle(this.detail).color;
        };
        this.colours = this.modules.palette.map(resolve);
        this.palette = { ink: resolve("--frame-ink"), paper: resolve("--paper"), focus: resolve("--focus") };
        this.detail.style.color = "";
        this.draw();
    }

    private get choice(): Choice {
        return this.state.choice;
    }

    private get shown(): Shown {
        return this.state.shown;
    }

    private update(): void {
        const { graph } = this.shown;
        this.top = graph.find(this.choice.zoom);
        this.focused = this.top;
        this.isMatch = matches(this.recording, this.choice.search);
        const found = this.isMatch ? matchedAmount(graph, this.isMatch) : 0;
        this.found.textContent = this.isMatch
            ? `${amountText(this.choice, found)} matched${found ? `, ${percentText(found, graph.totalAmount[0])}` : ""}`
            : "";
        this.place();
        this.tell(this.top);
    }

    private place(): void {
        const width = this.frame.clientWidth;
        if (!width) return;
        this.rects = layout(this.shown.graph, this.top, width);
        const rows = this.rects[this.rects.length - 1].row + 1;
        const height = Math.min(rows * ROW_PX, Math.round(window.innerHeight * TALLEST));
        this.space.style.height = `${rows * ROW_PX}px`;
        this.frame.style.height = `${height}px`;
        this.canvas.resize(this.frame.clientWidth, height);
        this.draw();
    }

    private planDraw(): void {
        if (this.isDrawPlanned) return;
        this.isDrawPlanned = true;
        requestAnimationFrame(() => {
            this.isDrawPlanned = false;
            this.draw();
        });
    }

    private draw(): void {
        const focused = document.activeElement === this.canvas.canvas ? this.focused : -1;
        this.canvas.draw(
            this.rects,
            this.frame.scrollTop,
            this.frame.clientHeight,
            (rect) => this.look(rect),
            focused,
            this.palette,
        );
    }

    private look({ node }: Rect): Look {
        const { graph } = this.shown;
        if (!node) return { label: this.nameOf(0), colour: this.colours[this.colours.length - 1], isDimmed: false };
        const row = graph.function[node];
        return {
            label: this.label(row),
            colour: this.colours[this.modules.colour(this.recording.functions.module[row])],
            isDimmed: this.isMatch !== null && !this.isMatch[row],
        };
    }

    private label(row: number): string {
        return (this.labels[row] ??= shortFunction(this.recording.strings[this.recording.functions.name[row]]));
    }

    private nameOf(node: number): string {
        if (!node) return `all: ${amountText(this.choice, this.shown.graph.totalAmount[0])}`;
        return this.recording.strings[this.recording.functions.name[this.shown.graph.function[node]]];
    }

    /* ---- mouse */

    private at(event: MouseEvent): number {
        const row = Math.floor((event.offsetY + this.frame.scrollTop) / ROW_PX);
        const hit = this.rects.find(
            (rect) => rect.row === row && event.offsetX >= rect.x && event.offsetX < rect.x + rect.width,
        );
        return hit ? hit.node : -1;
    }

    private hover(event: MouseEvent): void {
        const node = this.at(event);
        this.canvas.canvas.style.cursor = node < 0 ? "" : "pointer";
        this.tell(node < 0 ? this.focused : node);
    }

    private click(event: MouseEvent): void {
        const node = this.at(event);
        if (node >= 0) this.zoom(node);
    }

    private zoom(node: number): void {
        const { graph } = this.shown;
        this.state.set({ zoom: graph.path(node).map((step) => graph.function[step]) });
        this.frame.scrollTop = 0;
    }

    /* ---- keys */

    private key(event: KeyboardEvent): void {
        const { graph } = this.shown;
        const siblings = graph.children(graph.parent[this.focused]);
        const index = siblings.indexOf(this.focused);
        const moves: Record<string, () => number | undefined> = {
            ArrowDown: () => graph.children(this.focused)[0],
            ArrowUp: () => graph.parent[this.focused],
            ArrowRight: () => siblings[index + 1],
            ArrowLeft: () => siblings[index - 1],
            Home: () => 0,
        };
        if (event.key in moves) this.focus(moves[event.key]());
        else if (event.key === "Enter" || event.key === " ") this.zoom(this.focused);
        else if (event.key === "Escape") this.zoom(0);
        else return;
        event.preventDefault();
    }

    private focus(node: number | undefined): void {
        if (node === undefined) return;
        this.focused = node;
        const rect = this.rects.find((candidate) => candidate.node === node);
        if (rect) {
            const y = rect.row * ROW_PX;
            const { scrollTop, clientHeight } = this.frame;
            if (y < scrollTop) this.frame.scrollTop = y;
            else if (y + ROW_PX > scrollTop + clientHeight) this.frame.scrollTop = y + ROW_PX - clientHeight;
        }
        this.tell(node);
        this.draw();
    }

    /** The line below the graph, which screen readers read out. */
    private tell(node: number): void {
        const { graph } = this.shown;
        const amount = amountOf(this.choice, graph.totalAmount[node], graph.totalBlocks[node]);
        const percent = percentText(graph.totalAmount[node], graph.totalAmount[0]);
        const own = graph.ownAmount[node] ? `, ${amountText(this.choice, graph.ownAmount[node])} of it by itself` : "";
        const module = node ? this.modules.name(this.recording.functions.module[graph.function[node]]) : "";
        const calls = countOf(graph.children(node).length, this.choice.isInverted ? "caller" : "call");
        this.detail.textContent = node
            ? `${cut(this.nameOf(node))}  ${module} · ${amount}, ${percent}${this.choice.isInverted ? "" : own} · ${calls}`
            : `${amount} · ${calls}`;
    }
}
