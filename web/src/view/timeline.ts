import { type BrushBehavior, brushX } from "d3-brush";
import { type ScaleLinear, scaleLinear } from "d3-scale";
import { event, select } from "d3-selection";
import { area, curveLinear, curveStepAfter, line } from "d3-shape";
import type { Recording } from "../data/recording";
import { bytesText, durationText } from "../format";
import type { Range } from "../model/weights";
import type { State } from "../state";
import { byId } from "./dom";
import { hasRanges } from "./words";
import { byteTicks, nearestStep, tickText, timeTicks } from "./timeline_scale";

const MARGIN = { top: 22, right: 12, bottom: 22, left: 62 };
const HEIGHT = 190;

interface Point {
    timeNs: number;
    bytes: number;
}

interface BrushEvent {
    selection: [number, number] | null;
    type: string;
}

interface Series {
    name: "heap" | "rss" | "pss";
    points: Point[];
}

/** Heap, RSS and PSS over time, the peak, and the range that is chosen by dragging or with the keys. */
export class Timeline {
    private readonly svg = select<SVGSVGElement, unknown>("#plot");
    private readonly readout = byId("readout");
    private readonly clear = byId<HTMLButtonElement>("range-clear");
    private readonly choose = byId<HTMLButtonElement>("range-choose");
    private readonly series: Series[];
    private width = 0; // that is drawn
    private isMoving = false;
    private x: ScaleLinear<number, number> = scaleLinear();
    private y: ScaleLinear<number, number> = scaleLinear();
    private readonly brush: BrushBehavior<unknown> = brushX();

    constructor(
        private readonly recording: Recording,
        private readonly state: State,
    ) {
        this.series = allSeries(recording);
        this.brush.on("brush end", () => this.brushed());
        this.choose.addEventListener("click", () => this.chooseAll());
        this.clear.addEventListener("click", () => this.state.set({ view: "peak" }));
        for (const { name, points } of this.series) byId(`key-${name}`).hidden = !points.length;
        this.choose.hidden = !hasRanges(recording);
        new ResizeObserver(() => this.draw()).observe(byId("timeline"));
        state.onChange(["view", "range"], () => this.moveBrush());
    }

    /* ---- drawing */

    private draw(): void {
        const node = this.svg.node();
        const width = node ? node.clientWidth : 0;
        if (!width || width === this.width) return;
        this.width = width;
        const { run } = this.recording;
        const most = Math.max(
            1,
            ...this.series.map(({ points }) => points.reduce((max, point) => Math.max(max, point.bytes), 0)),
        );
        this.x = scaleLinear()
            .domain([0, Math.max(run.durationNs, 1)])
            .range([MARGIN.left, width - MARGIN.right]);
        this.y = scaleLinear()
            .domain([0, most * 1.05])
            .range([HEIGHT - MARGIN.bottom, MARGIN.top]);
        this.svg.selectAll("*").remove();
        this.svg.attr("viewBox", `0 0 ${width} ${HEIGHT}`).attr("height", HEIGHT);
        this.drawAxes(width, most);
        this.drawSeries();
        this.drawPeak(width);
        this.drawBrush(width);
    }

    private drawAxes(width: number, most: number): void {
        const axes = this.svg.append("g").attr("class", "axes");
        for (const bytes of byteTicks(most * 1.05, 4)) {
            const y = this.y(bytes);
            axes.append("line")
                .attr("x1", MARGIN.left)
                .attr("x2", width - MARGIN.right)
                .attr("y1", y)
                .attr("y2", y);
            axes.append("text")
                .attr("x", MARGIN.left - 8)
                .attr("y", y)
                .attr("dy", "0.32em")
                .attr("class", "left")
                .text(tickText(bytesText(bytes)));
        }
        for (const tick of timeTicks(this.recording.run.durationNs, Math.max(2, Math.floor(width / 110)))) {
            axes.append("text")
                .attr("x", this.x(tick))
                .attr("y", HEIGHT - 6)
                .attr("class", "below")
                .text(tickText(durationText(tick)));
        }
    }

    private drawSeries(): void {
        const along = (point: Point): number => this.x(point.timeNs);
        const up = (point: Point): number => this.y(point.bytes);
        for (const { name, points } of this.series) {
            if (name === "heap") {
                const filled = area<Point>().x(along).y0(this.y(0)).y1(up).curve(curveStepAfter);
                this.svg
                    .append("path")
                    .attr("class", "area heap")
                    .attr("d", filled(points) ?? "");
            }
            const isRare = points.length < this.recording.samples.count / 2; // PSS is dear to measure
            const drawn = line<Point>()
                .x(along)
                .y(up)
                .curve(isRare ? curveLinear : curveStepAfter);
            this.svg
                .append("path")
                .attr("class", `line ${name}`)
                .attr("d", drawn(points) ?? "");
            for (const point of isRare ? points : []) {
                this.svg
                    .append("circle")
                    .attr("class", `dot ${name}`)
                    .attr("r", 2.5)
                    .attr("cx", along(point))
                    .attr("cy", up(point));
            }
        }
    }

    private drawPeak(width: number): void {
        const { run } = this.recording;
        if (!run.heapPeakBytes) return;
        const x = this.x(run.heapPeakTimeNs);
        const y = this.y(run.heapPeakBytes);
        const isLeft = x > width * 0.7;
        const mark = this.svg.append("g").attr("class", "peak");
        mark.append("line")
            .attr("x1", x)
            .attr("x2", x)
            .attr("y1", MARGIN.top - 8)
            .attr("y2", this.y(0));
        mark.append("circle").attr("cx", x).attr("cy", y).attr("r", 4);
        mark.append("text")
            .attr("x", x + (isLeft ? -7 : 7))
            .attr("y", MARGIN.top - 9)
            .attr("class", isLeft ? "left" : "")
            .text(`peak ${bytesText(run.heapPeakBytes)} at ${durationText(run.heapPeakTimeNs)}`);
    }

    /* ---- the range */

    private drawBrush(width: number): void {
        const place = this.svg.append("g").attr("class", "brush");
        this.brush.extent([
            [MARGIN.left, MARGIN.top],
            [width - MARGIN.right, HEIGHT - MARGIN.bottom],
        ]);
        if (hasRanges(this.recording)) place.call(this.brush);
        place.select(".handle--w").call((handle) => this.makeSlider(handle.node() as SVGElement | null, "from"));
        place.select(".handle--e").call((handle) => this.makeSlider(handle.node() as SVGElement | null, "to"));
        this.svg.on("mousemove", () => this.read((event as MouseEvent).offsetX));
        this.svg.on("mouseleave", () => (this.readout.textContent = ""));
        this.moveBrush();
    }

    /** A handle can be reached by Tab and moved by the arrow keys, from one reading of the tables to the next. */
    private makeSlider(handle: SVGElement | null, end: "from" | "to"): void {
        if (!handle) return;
        handle.setAttribute("role", "slider");
        handle.setAttribute("tabindex", "0");
        handle.setAttribute("aria-label", end === "from" ? "Start of the range" : "End of the range");
        handle.addEventListener("keydown", (pressed) => {
            const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 10, PageDown: -10 }[
                pressed.key
            ];
            if (by === undefined) return;
            pressed.preventDefault();
            const { range } = this.state.choice;
            this.setRange({ ...range, [end]: range[end] + by });
            this.svg
                .select<SVGElement>(end === "from" ? ".handle--w" : ".handle--e")
                .node()
                ?.focus();
        });
    }

    private timeOf(step: number): number {
        return step < 0 ? 0 : this.recording.history.timeNs[step];
    }

    /** While it is dragged the times are told; what happened in them is looked up when it is let go. */
    private brushed(): void {
        const { selection, type } = event as BrushEvent;
        if (this.isMoving) return; // by this class, not by the reader's hand
        if (!selection) {
            if (type === "end" && this.state.choice.view === "range") this.state.set({ view: "peak" });
            return;
        }
        const [from, to] = selection.map((x) => nearestStep(this.recording.history.timeNs, this.x.invert(x)));
        if (type === "end") this.setRange({ from, to });
        else this.readout.textContent = `${durationText(this.timeOf(from))} to ${durationText(this.timeOf(to))}`;
    }

    private chooseAll(): void {
        this.setRange({ from: -1, to: this.recording.history.count - 1 });
        this.svg.select<SVGElement>(".handle--w").node()?.focus();
    }

    private setRange({ from, to }: Range): void {
        const last = this.recording.history.count - 1;
        const start = Math.max(-1, Math.min(from, last - 1));
        this.state.set({ view: "range", range: { from: start, to: Math.max(start + 1, Math.min(to, last)) } });
    }

    private moveBrush(): void {
        const { view, range } = this.state.choice;
        const isRange = view === "range";
        this.clear.hidden = !isRange;
        const place = this.svg.select<SVGGElement>(".brush");
        if (place.empty() || !hasRanges(this.recording)) return;
        const from = this.timeOf(range.from);
        const to = this.timeOf(range.to);
        this.isMoving = true;
        place.call(this.brush.move, isRange ? [this.x(from), this.x(to)] : null);
        this.isMoving = false;
        for (const [handle, time] of [
            [".handle--w", from],
            [".handle--e", to],
        ] as const) {
            place
                .select(handle)
                .attr("aria-valuemin", 0)
                .attr("aria-valuemax", this.recording.run.durationNs)
                .attr("aria-valuenow", time)
                .attr("aria-valuetext", durationText(time));
        }
    }

    /* ---- what is under the pointer */

    private read(pointerX: number): void {
        const timeNs = this.x.invert(pointerX);
        if (timeNs < 0 || timeNs > this.recording.run.durationNs) return;
        const figures = this.series
            .filter(({ points }) => points.length)
            .map(({ name, points }) => {
                const at =
                    points[
                        Math.max(
                            0,
                            nearestStep(
                                points.map((point) => point.timeNs),
                                timeNs,
                            ),
                        )
                    ];
                return `${name === "heap" ? name : name.toUpperCase()} ${bytesText(at.bytes)}`;
            });
        this.readout.textContent = `${durationText(Math.round(timeNs))}: ${figures.join(", ")}`;
    }
}

function allSeries({ samples, run }: Recording): Series[] {
    const points = (figures: Float64Array): Point[] =>
        Array.from(figures, (bytes, i) => ({ timeNs: samples.timeNs[i], bytes })).filter(({ bytes }) => bytes > 0);
    const heap = Array.from(samples.heapBytes, (bytes, i) => ({ timeNs: samples.timeNs[i], bytes }));
    if (run.heapPeakBytes) heap.push({ timeNs: run.heapPeakTimeNs, bytes: run.heapPeakBytes });
    return [
        { name: "rss", points: points(samples.rssBytes) },
        { name: "pss", points: points(samples.pssBytes) },
        { name: "heap", points: heap.sort((a, b) => a.timeNs - b.timeNs) },
    ];
}
