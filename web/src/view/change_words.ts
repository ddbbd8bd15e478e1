import type { Diff } from "../data/diff";
import { bytesText, countText } from "../format";
import { figure } from "./dom";

/** "4.00 MiB"; in the temporary view a count. The exact figure is where the pointer rests on it. */
export function amountFigure({ unit }: Diff, amount: number): HTMLElement {
    return unit === "bytes" ? figure(bytesText(amount), `${countText(amount)} B`) : figure(countText(amount), "");
}

/** "+4.00 MiB", "−1.20 KiB", "0 B". */
export function changeFigure({ unit }: Diff, change: number): HTMLElement {
    const [text, exact] = unit === "bytes" ? [bytesText, `${signed(change, countText)} B`] : [countText, ""];
    return figure(signed(change, text), exact);
}

export function signed(change: number, text: (amount: number) => string): string {
    return `${change < 0 ? "−" : change > 0 ? "+" : ""}${text(Math.abs(change))}`;
}

/** "+12.5%", as the table of `tidemark diff` says it (src/report/diff_table.c). */
export function ratioText(before: number, after: number): string {
    if (before === after) return "";
    if (!before || !after) return before ? "gone" : "new";
    const percent = (100 * (after - before)) / before;
    return percent > 999 ? `×${(after / before).toFixed(0)}` : signed(percent, (amount) => `${amount.toFixed(1)}%`);
}

/** What blocks are under a view: those that are there, or each allocation. */
export function blocksTitle({ view }: Diff): string {
    return view === "total" || view === "temporary" ? "allocations" : "blocks";
}
