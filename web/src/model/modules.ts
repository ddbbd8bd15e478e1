import type { Recording } from "../data/recording";
import { groups, moduleOfSite } from "./shares";

const COLOURS = 8; // the last one is for all modules that have none of their own

const INTERPRETER = /^(lib)?(python|perl|ruby|lua|node|php|guile|jvm|mono)[\d.-]*(\.so[\d.]*)?$/;

/** The files that functions come from, by their rows in `strings`; 0: no file (JIT). */
export class Modules {
    readonly rows: number[]; // what allocates most comes first
    readonly palette = Array.from({ length: COLOURS }, (_, colour) => `--module-${colour}`);
    private readonly program: string;
    private readonly colourOf = new Map<number, number>();

    constructor(private readonly recording: Recording) {
        const allocating = groups(recording, (site) => moduleOfSite(recording, site), true).map((group) => group.row);
        this.rows = [...new Set([...allocating, ...recording.functions.module])];
        this.rows.forEach((row, rank) => this.colourOf.set(row, Math.min(rank, COLOURS - 1)));
        this.program = recording.run.program.replace(/.*\//, "");
    }

    name(row: number): string {
        return row ? this.recording.strings[row] : "[no file]";
    }

    /** Index in `palette`. */
    colour(row: number): number {
        return this.colourOf.get(row) as number;
    }

    /** Those that have a colour of their own, and those that share the last one. */
    get coloured(): number[] {
        return this.rows.slice(0, COLOURS - 1);
    }

    get others(): number[] {
        return this.rows.slice(COLOURS - 1);
    }

    get libraries(): number[] {
        return this.rows.filter((row) => this.name(row) !== this.program && !INTERPRETER.test(this.name(row)));
    }

    get interpreters(): number[] {
        return this.rows.filter((row) => INTERPRETER.test(this.name(row)));
    }
}
