/** Figures as the other reports print them (src/base/format.c): three significant digits, units written. */

function scaled(value: number, unit: string): string {
    return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${unit}`;
}

export function bytesText(bytes: number): string {
    if (bytes < 1024) return `${bytes} B`;
    const units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let value = bytes / 1024;
    let unit = 0;
    for (; value >= 1023.5 && unit + 1 < units.length; unit++) value /= 1024;
    return scaled(value, units[unit]);
}

export function countText(count: number): string {
    return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "1 block", "2 blocks". */
export function countOf(count: number, word: string): string {
    return `${countText(count)} ${word}${count === 1 ? "" : "s"}`;
}

function pair(small: number, perBig: number, big: string, unit: string): string {
    return `${Math.floor(small / perBig)}${big}${String(small % perBig).padStart(2, "0")}${unit}`;
}

export function durationText(ns: number): string {
    if (ns < 1000) return `${ns} ns`;
    if (ns < 999.5e3) return scaled(ns / 1e3, "us");
    if (ns < 999.5e6) return scaled(ns / 1e6, "ms");
    if (ns < 59.95e9) return scaled(ns / 1e9, "s");
    if (Math.round(ns / 1e9) < 3600) return pair(Math.round(ns / 1e9), 60, "m", "s");
    if (Math.round(ns / 60e9) < 24 * 60) return pair(Math.round(ns / 60e9), 60, "h", "m");
    return pair(Math.round(ns / 3600e9), 24, "d", "h");
}

export function percentText(part: number, whole: number): string {
    if (!whole || !part) return "";
    if (part === whole) return "100%";
    const percent = (100 * part) / whole;
    if (percent > 99.9) return ">99.9%";
    return percent < 0.1 ? "<0.1%" : `${percent.toFixed(1)}%`;
}

/** "parse(std::vector<int> const&)" as "parse": without parameters and template arguments, where that leaves a name. */
export function shortFunction(name: string): string {
    if (/^[[(<]/.test(name) || name.includes("operator")) return name;
    let depth = 0;
    let short = "";
    for (const letter of name) {
        if (letter === "<" || letter === "(") depth++;
        else if (letter === ">" || letter === ")") depth--;
        else if (depth === 0) short += letter;
        if (short.length > 200) break;
    }
    return short.trim() || name;
}

/** Names may be 10 kB long; nobody reads as much. */
export function cut(name: string, length = 300): string {
    return name.length > length ? `${name.slice(0, length - 1)}…` : name;
}
