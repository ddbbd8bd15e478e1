import type { Recording } from "../data/recording";
import type { CallTree } from "./call_tree";
import { MMAP, type Weights } from "./weights";

/** Of one function, thread, module … in everything that is shown. */
export interface Share {
    row: number; // of the table that it belongs to
    ownAmount: number;
    ownBlocks: number;
    totalAmount: number; // with what it called; recursion counted once
}

export function functionShares(tree: CallTree, functionsCount: number): Share[] {
    const shares: Share[] = new Array<Share>(functionsCount);
    const depth = new Int32Array(functionsCount); // how often a function is open on the way down
    tree.walk(
        (node) => {
            const row = tree.function[node];
            const share = (shares[row] ??= { row, ownAmount: 0, ownBlocks: 0, totalAmount: 0 });
            share.ownAmount += tree.ownAmount[node];
            share.ownBlocks += tree.ownBlocks[node];
            if (!depth[row]++) share.totalAmount += tree.totalAmount[node];
        },
        (node) => {
            depth[tree.function[node]]--;
        },
    );
    return shares.filter(Boolean);
}

/** For each function the place in it that holds most: where to look in the source. */
export function heaviestPlaces(recording: Recording, weights: Weights): Map<number, number> {
    const { parent, place } = recording.nodes;
    const own = new Float64Array(parent.length);
    for (let site = 0; site < weights.amount.length; site++) own[recording.sites.node[site]] += weights.amount[site];
    const total = own.slice();
    for (let i = parent.length - 1; i > 0; i--) total[parent[i]] += total[i];
    const ownOf = new Float64Array(recording.places.function.length);
    const totalOf = new Float64Array(recording.places.function.length);
    for (let i = 1; i < parent.length; i++) {
        ownOf[place[i]] += own[i];
        totalOf[place[i]] += total[i];
    }
    const best = new Map<number, number>();
    for (let i = 0; i < ownOf.length; i++) {
        if (!totalOf[i]) continue;
        const row = recording.places.function[i];
        const other = best.get(row);
        if (
            other === undefined ||
            ownOf[i] > ownOf[other] ||
            (ownOf[i] === ownOf[other] && totalOf[i] > totalOf[other])
        ) {
            best.set(row, i);
        }
    }
    return best;
}

/** What the page says of a group of sites, whatever the view. */
export interface Group {
    row: number;
    peakBytes: number;
    totalBytes: number;
    totalBlocks: number;
    temporaryBlocks: number;
    endBytes: number;
}

/** Sites added up by `groupOf`. Mappings are no part of the heap, and left out unless asked for. */
export function groups(recording: Recording, groupOf: (site: number) => number, withMappings = false): Group[] {
    const { sites } = recording;
    const mmap = recording.kinds.indexOf(MMAP);
    const byRow = new Map<number, Group>();
    for (let site = 0; site < sites.count; site++) {
        if (sites.kind[site] === mmap && !withMappings) continue;
        const row = groupOf(site);
        let group = byRow.get(row);
        if (!group) {
            group = { row, peakBytes: 0, totalBytes: 0, totalBlocks: 0, temporaryBlocks: 0, endBytes: 0 };
            byRow.set(row, group);
        }
        group.peakBytes += sites.peakBytes[site];
        group.totalBytes += sites.totalBytes[site];
        group.totalBlocks += sites.totalBlocks[site];
        group.temporaryBlocks += sites.temporaryBlocks[site];
        group.endBytes += sites.totalBytes[site] - sites.freedBytes[site];
    }
    return [...byRow.values()].filter((group) => group.totalBlocks).sort((a, b) => b.peakBytes - a.peakBytes);
}

/** Rows of strings: the module of the function that allocates at a site. */
export function moduleOfSite(recording: Recording, site: number): number {
    const { nodes, places, functions, sites } = recording;
    const node = sites.node[site];
    return node ? functions.module[places.function[nodes.place[node]]] : 0;
}
