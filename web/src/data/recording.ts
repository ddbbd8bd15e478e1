/**
 * A recording as the page has it: tables of columns, a row being an index.
 *
 *   sites ──► node ──► place ──► function ──► name, module
 *               │parent
 *
 * Bytes, blocks and nanoseconds are doubles: exact up to 2^53.
 */
export interface Recording {
    run: Run;
    strings: string[];
    functions: { name: Uint32Array; module: Uint32Array }; // strings
    places: { function: Uint32Array; file: Uint32Array; line: Uint32Array };
    nodes: { parent: Uint32Array; place: Uint32Array }; // row 0 is the root; parents come before children
    threads: Thread[];
    owners: Owner[]; // row 0: what has none
    modules: Module[];
    kinds: string[]; // the allocator's functions
    sites: Sites;
    samples: Samples;
    history: History;
}

export const enum End {
    None,
    Exited,
    Signaled,
    Exec,
    Detached,
    Gone,
}

export interface Run {
    view: number; // that was asked for: 0 peak, 1 leaks, 2 total, 3 temporary
    part: string; // what it was asked to show only: "thread worker"; empty: all
    command: string;
    program: string;
    toolVersion: string;
    host: string;
    pid: number;
    startUnixMs: number;
    end: End;
    endStatus: number; // exit status or signal number
    signalName: string; // "KILL"; empty: not ended by one that has a name
    endedQuickly: boolean; // no exit handlers ran
    isTorn: boolean;
    tornOffsetBytes: number;
    durationNs: number;
    heapPeakBytes: number;
    heapPeakTimeNs: number;
    mappedPeakBytes: number;
    lostEvents: number;
    foreignFrees: number;
    trackerBytes: number;
}

export interface Thread {
    name: string;
    tid: number;
    threadsCount: number;
    startNs: number;
    endNs: number; // 0: it still ran
}

/** What the program itself said that memory is for. */
export interface Owner {
    name: string;
    parent: number; // 0: at the top
}

export interface Module {
    path: string;
    buildId: string;
}

export interface Sites {
    count: number;
    node: Uint32Array;
    thread: Uint32Array;
    owner: Uint32Array;
    kind: Uint32Array;
    totalBytes: Float64Array;
    totalBlocks: Float64Array;
    freedBytes: Float64Array;
    freedBlocks: Float64Array;
    peakBytes: Float64Array;
    peakBlocks: Float64Array;
    temporaryBlocks: Float64Array;
}

export interface Samples {
    count: number;
    timeNs: Float64Array;
    heapBytes: Float64Array;
    mappedBytes: Float64Array;
    rssBytes: Float64Array;
    pssBytes: Float64Array; // 0: not measured here
}

/** Step s has the rows from firstRow[s] to firstRow[s + 1]: what changed at a site since the step before. */
export interface History {
    count: number;
    timeNs: Float64Array;
    firstRow: Uint32Array;
    site: Uint32Array;
    totalBytes: Float64Array;
    totalBlocks: Float64Array;
    liveBytes: Float64Array;
    liveBlocks: Float64Array;
}
