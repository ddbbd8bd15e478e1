import type { Recording } from "./data/recording";
import { buildCallers } from "./model/callers";
import { buildCallTree, type CallTree } from "./model/call_tree";
import { functionShares, type Share } from "./model/shares";
import { type Selection, type Weights, weigh } from "./model/weights";

/** What the reader has chosen. */
export interface Choice extends Selection {
    hidden: ReadonlySet<number>; // modules whose frames are left out
    isInverted: boolean;
    search: string;
    zoom: number[]; // functions from the top of the flame graph down to what fills its width
}

/** What follows from it. */
export interface Shown {
    weights: Weights;
    tree: CallTree; // from the start what calls what
    graph: CallTree; // the same, or upside down when inverted
    shares: Share[]; // of functions
}

/** `isSame`: only what is looked for or zoomed into has changed; `shown` is as it was. */
type Listener = (choice: Choice, shown: Shown, isSame: boolean) => void;

/** The one place where choices change. Everything that is seen is drawn from here. */
export class State {
    choice: Choice;
    shown: Shown;
    private readonly listeners: Listener[] = [];

    constructor(private readonly recording: Recording, choice: Choice) {
        this.choice = choice;
        this.shown = this.compute();
    }

    onChange(listener: Listener): void {
        this.listeners.push(listener);
        listener(this.choice, this.shown, false);
    }

    set(change: Partial<Choice>): void {
        const before = this.choice;
        this.choice = { ...before, ...change };
        const isTurned = before.isInverted !== this.choice.isInverted;
        if (isTurned && !change.zoom) this.choice.zoom = [];
        const names = Object.keys(change) as (keyof Choice)[];
        const isSame = !isTurned && names.every((name) => name === "search" || name === "zoom" || name === "isInverted");
        if (!isSame) this.shown = this.compute();
        for (const listener of this.listeners) listener(this.choice, this.shown, isSame);
    }

    private compute(): Shown {
        const { recording, choice } = this;
        const weights = weigh(recording, choice);
        const isHidden = (row: number): boolean => choice.hidden.has(recording.functions.module[row]);
        const tree = buildCallTree(recording, weights, isHidden);
        const graph = choice.isInverted ? buildCallers(tree) : tree;
        return { weights, tree, graph, shares: functionShares(tree) };
    }
}
