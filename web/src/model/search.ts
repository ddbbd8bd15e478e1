import type { Recording } from "../data/recording";
import type { CallTree } from "./call_tree";

/** Per function: does its name, or its module's, contain `search`? Null: nothing is looked for. */
export function matches(recording: Recording, search: string): Uint8Array | null {
    const wanted = search.trim().toLowerCase();
    if (!wanted) return null;
    const { functions, strings } = recording;
    return Uint8Array.from(functions.name, (name, row) => {
        const text = `${strings[name]} ${strings[functions.module[row]]}`.toLowerCase();
        return text.includes(wanted) ? 1 : 0;
    });
}

/** What the stacks that have a match hold; one inside another is counted once. */
export function matchedAmount(tree: CallTree, isMatch: Uint8Array): number {
    let amount = 0;
    const isCounted = new Uint8Array(tree.count);
    for (let node = 1; node < tree.count; node++) {
        isCounted[node] = isCounted[tree.parent[node]];
        if (isCounted[node] || !isMatch[tree.function[node]]) continue;
        isCounted[node] = 1;
        amount += tree.totalAmount[node];
    }
    return amount;
}
