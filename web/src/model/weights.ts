import type { Recording } from "../data/recording";

export type View = "peak" | "end" | "total" | "temporary" | "range";

/** From a step of the history to a later one; step -1 is the program's start. */
export interface Range {
    from: number;
    to: number;
}

/** Of what was allocated in the range: what is still held at its end, or all. */
export type RangeMeasure = "held" | "allocated";

export interface Selection {
    view: View;
    range: Range;
    rangeMeasure: RangeMeasure;
    thread: number | null; // a row of threads; null: all
    ofMappings: boolean; // the program's own mmap instead of the heap
}

/** Per site. The amount is bytes, but in the temporary view blocks. */
export interface Weights {
    amount: Float64Array;
    blocks: Float64Array;
}

export const MMAP = "mmap";

export function weigh(recording: Recording, selection: Selection): Weights {
    const weights =
        selection.view === "range"
            ? weighRange(recording, selection.range, selection.rangeMeasure)
            : weighRun(recording, selection.view);
    const mmap = recording.kinds.indexOf(MMAP);
    const { thread, kind } = recording.sites;
    for (let site = 0; site < recording.sites.count; site++) {
        const isOther = (kind[site] === mmap) !== selection.ofMappings;
        if (isOther || (selection.thread !== null && thread[site] !== selection.thread)) {
            weights.amount[site] = weights.blocks[site] = 0;
        }
    }
    return weights;
}

function weighRun({ sites }: Recording, view: Exclude<View, "range">): Weights {
    switch (view) {
        case "peak":
            return { amount: sites.peakBytes.slice(), blocks: sites.peakBlocks.slice() };
        case "end":
            return {
                amount: sites.totalBytes.map((total, i) => total - sites.freedBytes[i]),
                blocks: sites.totalBlocks.map((total, i) => total - sites.freedBlocks[i]),
            };
        case "total":
            return { amount: sites.totalBytes.slice(), blocks: sites.totalBlocks.slice() };
        case "temporary":
            return { amount: sites.temporaryBlocks.slice(), blocks: sites.totalBlocks.slice() };
    }
}

function weighRange(recording: Recording, range: Range, measure: RangeMeasure): Weights {
    const { history } = recording;
    if (measure === "held") {
        return {
            amount: heldInRange(recording, range, history.liveBytes),
            blocks: heldInRange(recording, range, history.liveBlocks),
        };
    }
    const amount = new Float64Array(recording.sites.count);
    const blocks = new Float64Array(recording.sites.count);
    for (let row = history.firstRow[range.from + 1]; row < history.firstRow[range.to + 1]; row++) {
        amount[history.site[row]] += history.totalBytes[row];
        blocks[history.site[row]] += history.totalBlocks[row];
    }
    return { amount, blocks };
}

/**
 * What lives at the end of the range less the least that lived in it: of the blocks from before, no more than that can
 * be left. So it is never too much; src/report/range.h does the same.
 */
function heldInRange({ sites, history }: Recording, range: Range, added: Float64Array): Float64Array {
    const live = new Float64Array(sites.count);
    const start = history.firstRow[range.from + 1];
    for (let row = 0; row < start; row++) live[history.site[row]] += added[row];
    const least = live.slice();
    for (let row = start; row < history.firstRow[range.to + 1]; row++) {
        const site = history.site[row];
        live[site] += added[row];
        if (live[site] < least[site]) least[site] = live[site];
    }
    return live.map((figure, site) => figure - least[site]);
}

export function sum(figures: Float64Array): number {
    let total = 0;
    for (const figure of figures) total += figure;
    return total;
}
