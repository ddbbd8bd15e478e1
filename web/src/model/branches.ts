import type { CallTree } from "./call_tree";

/** A part of a call tree; the parts of a list share nothing. */
export interface Branch {
    node: number;
    isOwn: boolean; // only what the node allocates itself, not what it calls
    amount: number;
}

const FEWEST_PART = 0.03; // lighter ones are not worth a line
const LARGEST_PART = 0.6; // heavier ones are worth being split

/**
 * Where a tree parts, in at most `most` branches: the first calls from which on things go different ways. A program's
 * start, that all stacks share, says as little as the allocator's wrappers that they end in.
 */
export function heaviestBranches(tree: CallTree, most: number): Branch[] {
    const whole = tree.totalAmount[0];
    if (!whole) return [];
    const done: Branch[] = [];
    let open: Branch[] = [{ node: 0, isOwn: false, amount: whole }];
    for (
        let heaviest = open[0];
        heaviest && (!heaviest.node || heaviest.amount > whole * LARGEST_PART);
        [heaviest] = open
    ) {
        const parts = split(tree, heaviest.node, whole * FEWEST_PART);
        if (heaviest.node && !parts.length) break;
        done.push(...parts.filter(({ isOwn }) => isOwn));
        open = [...open.slice(1), ...parts.filter(({ isOwn }) => !isOwn)].sort((a, b) => b.amount - a.amount);
    }
    return [...done, ...open].sort((a, b) => b.amount - a.amount).slice(0, most);
}

/** Down to where more than one way is heavy, and there into ways; empty when there is no such place. */
function split(tree: CallTree, node: number, least: number): Branch[] {
    for (let at = node; ;) {
        const parts: Branch[] = [];
        if (at && tree.ownAmount[at] >= least) parts.push({ node: at, isOwn: true, amount: tree.ownAmount[at] });
        for (const child of tree.children(at)) {
            if (tree.totalAmount[child] < least) break;
            parts.push({ node: child, isOwn: false, amount: tree.totalAmount[child] });
        }
        if (parts.length !== 1 || parts[0].isOwn) return parts.length > 1 || node === 0 ? parts : [];
        at = parts[0].node;
    }
}
