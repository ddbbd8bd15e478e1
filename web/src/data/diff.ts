import { fromBase64 } from "./bytes";

/** What `diff --format json` prints: docs/json.md. Bytes and blocks are exact up to 2^53. */
export interface Diff {
    view: "peak" | "leaks" | "total" | "temporary";
    unit: "bytes" | "allocations";
    thread: string | null; // that was asked for; null: all
    filter: string | null;
    old: Side;
    new: Side;
    heap: Part;
    mapped: Part; // by the program itself, beside the heap
}

export interface Side {
    path: string;
    command: string | null;
    start_unix_ns: number; // of an imported file: when it was written
    measured: string;
    blocks_counted: boolean;
    mapped_counted: boolean;
}

export interface Change {
    old: number;
    new: number;
    change: number;
    old_blocks: number;
    new_blocks: number;
}

export interface FunctionChange extends Change {
    function: string;
    module: string | null;
    where: string | null;
}

export interface Part extends Change {
    functions: FunctionChange[];
}

export function decodeDiff(base64: string): Diff {
    return JSON.parse(new TextDecoder().decode(fromBase64(base64))) as Diff;
}
