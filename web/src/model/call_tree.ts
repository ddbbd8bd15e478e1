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
    readonly parent: number[] = [0];
    readonly function: number[] = [-1];
    readonly ownAmount: number[] = [0];
    readonly ownBlocks: number[] = [0];
    readonly totalAmount: number[] = [0];
    readonly totalBlocks: number[] = [0];
    private readonly edges: Edges;
    private sorted: Uint32Array[] = []; // children, heaviest first; made when they are asked for
    private firstChild = new Int32Array(0);
    private nextSibling = new Int32Array(0);

    constructor(expectedNodes: number) {
        this.edges = new Edges(expectedNodes);
    }

    get count(): number {
        return this.parent.length;
    }

    child(parent: number, functionRow: number): number {
        const fresh = this.count;
        const child = this.edges.get(parent, functionRow, fresh);
        if (child === fresh) {
            this.parent.push(parent);
            this.function.push(functionRow);
            this.ownAmount.push(0);
            this.ownBlocks.push(0);
            this.totalAmount.push(0);
            this.totalBlocks.push(0);
        }
        return child;
    }

    /** Every total from the `own` of itself and all below. */
    sum(): void {
        for (let i = 0; i < this.count; i++) {
            this.totalAmount[i] = this.ownAmount[i];
            this.totalBlocks[i] = this.ownBlocks[i];
        }
        for (let i = this.count - 1; i > 0; i--) {
            this.totalAmount[this.parent[i]] += this.totalAmount[i];
            this.totalBlocks[this.parent[i]] += this.totalBlocks[i];
        }
    }

    /** Heaviest first; those that weigh nothing are left out. */
    children(node: number): Uint32Array {
        if (this.firstChild.length !== this.count) this.link();
        return (this.sorted[node] ??= this.sortChildren(node));
    }

    private link(): void {
        this.firstChild = new Int32Array(this.count);
        this.nextSibling = new Int32Array(this.count);
        this.sorted = new Array<Uint32Array>(this.count);
        for (let i = this.count - 1; i > 0; i--) {
            if (!this.totalAmount[i]) continue;
            this.nextSibling[i] = this.firstChild[this.parent[i]];
            this.firstChild[this.parent[i]] = i;
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
export function buildCallTree(recording: Recording, weights: Weights, isHidden: (functionRow: number) => boolean): CallTree {
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
