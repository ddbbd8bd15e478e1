import type { Recording } from "../data/recording";
import { Edges } from "./edges";
import type { Weights } from "./weights";

/**
 * Functions that call each other, weighed. Row 0 is the root; parents come before their children.
 *
 *   main 130 ─┬─ parse 120 (own 20) ─── node_new 100 (own 100)
 *             └─ eval 10 (own 10)
 */
export class CallTree {
    count = 1;
    parent: Int32Array;
    function: Int32Array; // of the root: -1
    ownAmount: Float64Array;
    ownBlocks: Float64Array;
    totalAmount: Float64Array;
    totalBlocks: Float64Array;
    private readonly edges: Edges;
    private readonly sorted: Uint32Array[] = []; // children, heaviest first; made when they are asked for
    private firstChild = new Int32Array(0); // made with the sums; only of nodes that weigh something
    private nextSibling = new Int32Array(0);

    constructor(expectedNodes: number) {
        const room = Math.max(expectedNodes, 1);
        this.edges = new Edges(room);
        this.parent = new Int32Array(room);
        this.function = new Int32Array(room).fill(-1, 0, 1);
        this.ownAmount = new Float64Array(room);
        this.ownBlocks = new Float64Array(room);
        this.totalAmount = new Float64Array(room);
        this.totalBlocks = new Float64Array(room);
    }

    child(parent: number, functionRow: number): number {
        const child = this.edges.get(parent, functionRow, this.count);
        if (child < this.count) return child;
        if (this.count === this.parent.length) this.grow();
        this.parent[child] = parent;
        this.function[child] = functionRow;
        this.count++;
        return child;
    }

    private grow(): void {
        const twice = <Column extends Int32Array | Float64Array>(column: Column, larger: Column): Column => {
            larger.set(column);
            return larger;
        };
        const room = this.count * 2;
        this.parent = twice(this.parent, new Int32Array(room));
        this.function = twice(this.function, new Int32Array(room));
        this.ownAmount = twice(this.ownAmount, new Float64Array(room));
        this.ownBlocks = twice(this.ownBlocks, new Float64Array(room));
        this.totalAmount = twice(this.totalAmount, new Float64Array(room));
        this.totalBlocks = twice(this.totalBlocks, new Float64Array(room));
    }

    /** When all nodes and what they own are there: every total from the `own` of itself and all below. */
    sum(): void {
        this.firstChild = new Int32Array(this.count);
        this.nextSibling = new Int32Array(this.count);
        this.totalAmount.set(this.ownAmount);
        this.totalBlocks.set(this.ownBlocks);
        for (let i = this.count - 1; i > 0; i--) {
            const parent = this.parent[i];
            this.totalAmount[parent] += this.totalAmount[i];
            this.totalBlocks[parent] += this.totalBlocks[i];
            if (!this.totalAmount[i]) continue;
            this.nextSibling[i] = this.firstChild[parent];
            this.firstChild[parent] = i;
        }
    }

    /** Heaviest first; those that weigh nothing are left out. */
    children(node: number): Uint32Array {
        return (this.sorted[node] ??= this.sortChildren(node));
    }

    /** All nodes but the root, each before what it calls, and left after that. */
    walk(enter: (node: number) => void, leave: (node: number) => void): void {
        for (let at = this.firstChild[0]; at;) {
            enter(at);
            if (this.firstChild[at]) {
                at = this.firstChild[at];
                continue;
            }
            leave(at);
            while (at && !this.nextSibling[at]) {
                at = this.parent[at];
                if (at) leave(at);
            }
            at = at && this.nextSibling[at];
        }
    }

    private sortChildren(node: number): Uint32Array {
        const children: number[] = [];
        for (let child = this.firstChild[node]; child; child = this.nextSibling[child]) children.push(child);
        return Uint32Array.from(children.sort((a, b) => this.totalAmount[b] - this.totalAmount[a] || a - b));
    }

    /** From below the root down to `node`. */
    path(node: number): number[] {
        const path: number[] = [];
        for (let at = node; at; at = this.parent[at]) path.push(at);
        return path.reverse();
    }

    /** The node that is called so, as far down as there are any: for a tree that has been built anew. */
    find(functions: number[]): number {
        let at = 0;
        for (const wanted of functions) {
            const next = this.children(at).find((child) => this.function[child] === wanted);
            if (next === undefined) break;
            at = next;
        }
        return at;
    }
}

/**
 * From the start what calls what. Frames of hidden functions are left out: what is below them is their caller's, and so
 * is what they allocate.
 */
export function buildCallTree(
    recording: Recording,
    weights: Weights,
    isHidden: (functionRow: number) => boolean,
): CallTree {
    const { parent, place } = recording.nodes;
    const isNeeded = new Uint8Array(parent.length);
    for (let site = 0; site < weights.amount.length; site++) {
        if (weights.amount[site]) isNeeded[recording.sites.node[site]] = 1;
    }
    for (let i = parent.length - 1; i > 0; i--) if (isNeeded[i]) isNeeded[parent[i]] = 1;
    const hidden = Uint8Array.from(recording.functions.name, (_, row) => (isHidden(row) ? 1 : 0));
    const tree = new CallTree(parent.length);
    const folded = new Uint32Array(parent.length);
    for (let i = 1; i < parent.length; i++) {
        if (!isNeeded[i]) continue;
        const functionRow = recording.places.function[place[i]];
        folded[i] = hidden[functionRow] ? folded[parent[i]] : tree.child(folded[parent[i]], functionRow);
    }
    for (let site = 0; site < weights.amount.length; site++) {
        const node = folded[recording.sites.node[site]];
        tree.ownAmount[node] += weights.amount[site];
        tree.ownBlocks[node] += weights.amount[site] ? weights.blocks[site] : 0;
    }
    tree.sum();
    return tree;
}
