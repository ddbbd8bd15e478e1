import type { CallTree } from "../model/call_tree";

/** One frame to draw; x and width in pixels. */
export interface Rect {
    node: number;
    row: number;
    x: number;
    width: number;
}

/** Narrower frames are not drawn, and nor is what is below them. */
export const NARROWEST = 0.6;

/**
 * The frames that are wide enough to be seen when `top` fills the width: first those that lead to it, at full width,
 * then all that it calls, heaviest on the left. At most width / NARROWEST frames a row, however many the tree has.
 */
export function layout(tree: CallTree, top: number, width: number): Rect[] {
    const path = [0, ...tree.path(top)];
    const rects = path.map((node, row): Rect => ({ node, row, x: 0, width }));
    const perAmount = tree.totalAmount[top] ? width / tree.totalAmount[top] : 0;
    for (let next = path.length - 1; next < rects.length; next++) {
        const { node, row, x: left } = rects[next];
        let x = left;
        for (const child of tree.children(node)) {
            const childWidth = tree.totalAmount[child] * perAmount;
            if (childWidth < NARROWEST) break;
            rects.push({ node: child, row: row + 1, x, width: childWidth });
            x += childWidth;
        }
    }
    return rects;
}
