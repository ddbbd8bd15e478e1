import type { Recording } from "./data/recording";
import { buildCallers } from "./model/callers";
import { buildCallTree, type CallTree } from "./model/call_tree";
import { functionShares, heaviestPlaces, type Share } from "./model/shares";
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
    places: Map<number, number>; // function → the place in it that holds most
}

/** A part of the choice, or `shown` (all of it is new), or `graph` (that at least). */
type Part = keyof Choice | "shown" | "graph";

/** The one place where choices change. Everything that is seen is drawn from here, when a part that it shows changes. */
export class State {
    choice: Choice;
    shown: Shown;
    private readonly listeners: { parts: Part[]; listener: () => void }[] = [];

    constructor(
        private readonly recording: Recording,
        choice: Choice,
    ) {
        this.choice = choice;
        this.shown = this.compute();
    }

    onChange(parts: Part[], listener: () => void): void {
        this.listeners.push({ parts, listener });
        listener();
    }

    set(change: Partial<Choice>): void {
        const before = this.choice;
        this.choice = { ...before, ...change };
        if (before.isInverted !== this.choice.isInverted && !change.zoom) this.choice.zoom = [];
        const names = Object.keys(this.choice) as (keyof Choice)[];
        const changed = new Set<Part>(names.filter((name) => before[name] !== this.choice[name]));
        if (names.some((name) => changed.has(name) && name !== "search" && name !== "zoom" && name !== "isInverted")) {
            this.shown = this.compute();
            changed.add("shown").add("graph");
        } else if (changed.has("isInverted")) {
            this.shown = { ...this.shown, graph: this.turned(this.shown.tree) };
            changed.add("graph");
        }
        for (const { parts, listener } of this.listeners) if (parts.some((part) => changed.has(part))) listener();
    }

    private compute(): Shown {
        const { recording, choice } = this;
        const weights = weigh(recording, choice);
        const isHidden = (row: number): boolean => choice.hidden.has(recording.functions.module[row]);
        const tree = buildCallTree(recording, weights, isHidden);
        return {
            weights,
            tree,
            graph: this.turned(tree),
            shares: functionShares(tree, recording.functions.name.length),
            places: heaviestPlaces(recording, weights),
        };
    }

    private turned(tree: CallTree): CallTree {
        return this.choice.isInverted ? buildCallers(tree) : tree;
    }
}
