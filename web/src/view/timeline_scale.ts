import { scaleLinear } from "d3-scale";

/** Round figures in the units that they are written in: powers of two within, powers of 1024 between. */
export function byteTicks(most: number, wanted: number): number[] {
    const unit = most < 1024 ? 1 : 1024 ** Math.floor(Math.log2(most) / 10);
    return scaleLinear()
        .domain([0, most / unit])
        .ticks(wanted)
        .map((tick) => tick * unit)
        .filter((tick) => Number.isInteger(tick));
}

/** "20 MiB": of a round figure. */
export function tickText(text: string): string {
    return text
        .replace(/^0 .*/, "0")
        .replace(/\.0+ /, " ")
        .replace(/(\.\d*[1-9])0+ /, "$1 ");
}

/** Round figures in seconds below a minute, then in minutes, hours, days. */
export function timeTicks(durationNs: number, wanted: number): number[] {
    const units = [1, 60e9, 3600e9, 86400e9];
    const unit = units.filter((candidate) => durationNs >= candidate).pop() ?? 1;
    return scaleLinear()
        .domain([0, durationNs / unit])
        .ticks(wanted)
        .map((tick) => Math.round(tick * unit));
}

/** The index of the value nearest to `wanted` in what is sorted; -1 stands for 0, before the first. */
export function nearestStep(sorted: ArrayLike<number>, wanted: number): number {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (sorted[middle] < wanted) low = middle + 1;
        else high = middle;
    }
    const before = low ? sorted[low - 1] : 0;
    return low === sorted.length || wanted - before < sorted[low] - wanted ? low - 1 : low;
}
