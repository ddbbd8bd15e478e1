import { End, type Recording } from "../data/recording";
import { bytesText, countOf, countText, durationText } from "../format";
import type { Selection } from "../model/weights";

export function viewTitle(recording: Recording, selection: Selection): string {
    const { history, run } = recording;
    switch (selection.view) {
        case "peak":
            return `At the peak, ${durationText(run.heapPeakTimeNs)} after the start`;
        case "end":
            return "Not freed at the end";
        case "total":
            return "Allocated in total";
        case "temporary":
            return "Temporary: freed before their thread’s next allocation";
        case "range": {
            const from = selection.range.from < 0 ? 0 : history.timeNs[selection.range.from];
            const to = history.timeNs[selection.range.to];
            const held = selection.rangeMeasure === "held" ? ", and held at its end" : "";
            return `Allocated from ${durationText(from)} to ${durationText(to)}${held}`;
        }
    }
}

/** "4.00 MiB"; temporary allocations are counted, not weighed. */
export function amountText(selection: Selection, amount: number): string {
    return selection.view === "temporary" ? countText(amount) : bytesText(amount);
}

/** The same to the byte: "4,194,304 B". */
export function exactText(selection: Selection, amount: number): string {
    return selection.view === "temporary" ? countText(amount) : `${countText(amount)} B`;
}

/** What a weight counts: each allocation, or blocks that are there. */
export function blockWord(selection: Selection): string {
    const isAllocated = selection.view === "range" && selection.rangeMeasure === "allocated";
    return isAllocated || selection.view === "total" ? "allocation" : "block";
}

export function amountOf(selection: Selection, amount: number, blocks: number): string {
    if (selection.view === "temporary") return `${countText(amount)} of ${countOf(blocks, "allocation")}`;
    return `${bytesText(amount)} in ${countOf(blocks, blockWord(selection))}`;
}

export function endText({ run }: Recording): string {
    switch (run.end) {
        case End.Exited:
            return `exit status ${run.endStatus}${run.endedQuickly ? " (by _exit)" : ""}`;
        case End.Signaled:
            return run.signalName ? `killed by SIG${run.signalName}` : `killed by signal ${run.endStatus}`;
        case End.Exec:
            return "replaced itself by another program (exec)";
        case End.Detached:
            return "left running";
        case End.Gone:
            return "status not known";
        default:
            return "not known: the recording breaks off";
    }
}

/** What a program that ended by itself did not free; one that was stopped had no chance to. */
export function isLeaked({ run }: Recording): boolean {
    return run.end === End.Exited;
}

/** Every call site was looked at more than once, so that there are ranges to choose from. */
export function hasRanges({ history }: Recording): boolean {
    return history.count > 1;
}

export function threadName(recording: Recording, row: number): string {
    const { name, tid, threadsCount } = recording.threads[row];
    return `${name} (${threadsCount > 1 ? `${threadsCount} short-lived ones` : tid})`;
}

/** "server / cache": with those that it belongs to. */
export function ownerName(recording: Recording, row: number): string {
    const names: string[] = [];
    for (let at = row; at; at = recording.owners[at].parent) names.unshift(recording.owners[at].name);
    return names.join(" / ") || "(unowned)";
}

/** "parse.c:80", the file that it is in, or nothing. */
export function whereText(recording: Recording, place: number | undefined): string {
    if (place === undefined) return "";
    const { places, strings } = recording;
    const file = strings[places.file[place]];
    if (file) return places.line[place] ? `${file}:${places.line[place]}` : file;
    return "";
}
