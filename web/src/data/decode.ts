import { Bytes, fromBase64 } from "./bytes";
import type { History, Module, Owner, Recording, Run, Samples, Sites, Thread } from "./recording";

/** The order of everything here is that of src/report/html_data.h. */
export function decode(base64: string): Recording {
    const bytes = new Bytes(fromBase64(base64));
    const strings = list(bytes, () => bytes.text());
    const text = (): string => strings[bytes.varint()];
    return {
        strings,
        run: decodeRun(bytes, text),
        functions: columns(bytes, ["name", "module"]),
        places: columns(bytes, ["function", "file", "line"]),
        nodes: decodeNodes(bytes),
        threads: list(bytes, () => decodeThread(bytes, text)),
        owners: list(bytes, (): Owner => ({ name: text(), parent: bytes.varint() })),
        modules: list(bytes, (): Module => ({ path: text(), buildId: text() })),
        kinds: list(bytes, text),
        sites: decodeSites(bytes),
        samples: decodeSamples(bytes),
        history: decodeHistory(bytes),
    };
}

function list<Row>(bytes: Bytes, take: () => Row): Row[] {
    const rows = new Array<Row>(bytes.varint());
    for (let i = 0; i < rows.length; i++) rows[i] = take();
    return rows;
}

function columns<Name extends string>(bytes: Bytes, names: Name[]): Record<Name, Uint32Array> {
    const count = bytes.varint();
    const arrays = names.map(() => new Uint32Array(count));
    for (let i = 0; i < count; i++) for (const array of arrays) array[i] = bytes.varint();
    return Object.fromEntries(names.map((name, i) => [name, arrays[i]])) as Record<Name, Uint32Array>;
}

function decodeRun(bytes: Bytes, text: () => string): Run {
    return {
        view: bytes.varint(),
        part: text(),
        command: text(),
        program: text(),
        toolVersion: text(),
        host: text(),
        pid: bytes.varint(),
        startUnixMs: bytes.varint(),
        end: bytes.varint(),
        endStatus: bytes.varint(),
        signalName: text(),
        endedQuickly: bytes.varint() !== 0,
        isTorn: bytes.varint() !== 0,
        tornOffsetBytes: bytes.varint(),
        durationNs: bytes.varint(),
        heapPeakBytes: bytes.varint(),
        heapPeakTimeNs: bytes.varint(),
        mappedPeakBytes: bytes.varint(),
        lostEvents: bytes.varint(),
        foreignFrees: bytes.varint(),
        trackerBytes: bytes.varint(),
    };
}

function decodeNodes(bytes: Bytes): Recording["nodes"] {
    const count = bytes.varint();
    const parent = new Uint32Array(count);
    const place = new Uint32Array(count);
    for (let i = 1; i < count; i++) {
        parent[i] = i - bytes.varint();
        place[i] = bytes.varint();
    }
    return { parent, place };
}

function decodeThread(bytes: Bytes, text: () => string): Thread {
    return {
        name: text(),
        tid: bytes.varint(),
        threadsCount: bytes.varint(),
        startNs: bytes.varint(),
        endNs: bytes.varint(),
    };
}

function decodeSites(bytes: Bytes): Sites {
    const count = bytes.varint();
    const indices = () => new Uint32Array(count);
    const figures = () => new Float64Array(count);
    const sites: Sites = {
        count,
        node: indices(),
        thread: indices(),
        owner: indices(),
        kind: indices(),
        totalBytes: figures(),
        totalBlocks: figures(),
        freedBytes: figures(),
        freedBlocks: figures(),
        peakBytes: figures(),
        peakBlocks: figures(),
        temporaryBlocks: figures(),
    };
    const order = [
        sites.node,
        sites.thread,
        sites.owner,
        sites.kind,
        sites.totalBytes,
        sites.totalBlocks,
        sites.freedBytes,
        sites.freedBlocks,
        sites.peakBytes,
        sites.peakBlocks,
        sites.temporaryBlocks,
    ];
    for (let i = 0; i < count; i++) for (const column of order) column[i] = bytes.varint();
    return sites;
}

function decodeSamples(bytes: Bytes): Samples {
    const count = bytes.varint();
    const figures = () => new Float64Array(count);
    const samples: Samples = {
        count,
        timeNs: figures(),
        heapBytes: figures(),
        mappedBytes: figures(),
        rssBytes: figures(),
        pssBytes: figures(),
    };
    for (let i = 0; i < count; i++) {
        samples.timeNs[i] = bytes.varint() + (i ? samples.timeNs[i - 1] : 0);
        samples.heapBytes[i] = bytes.varint();
        samples.mappedBytes[i] = bytes.varint();
        samples.rssBytes[i] = bytes.varint();
        samples.pssBytes[i] = bytes.varint();
    }
    return samples;
}

function decodeHistory(bytes: Bytes): History {
    const count = bytes.varint();
    const timeNs = new Float64Array(count);
    const firstRow = new Uint32Array(count + 1);
    const rows: number[][] = [[], [], [], [], []];
    const [site, totalBytes, totalBlocks, liveBytes, liveBlocks] = rows;
    for (let step = 0; step < count; step++) {
        timeNs[step] = bytes.varint() + (step ? timeNs[step - 1] : 0);
        let last = 0;
        for (let left = bytes.varint(); left; left--) {
            site.push((last += bytes.varint()));
            totalBytes.push(bytes.varint());
            totalBlocks.push(bytes.varint());
            liveBytes.push(bytes.signed());
            liveBlocks.push(bytes.signed());
        }
        firstRow[step + 1] = site.length;
    }
    const figures = rows.slice(1).map((column) => Float64Array.from(column));
    return {
        count,
        timeNs,
        firstRow,
        site: Uint32Array.from(site),
        totalBytes: figures[0],
        totalBlocks: figures[1],
        liveBytes: figures[2],
        liveBlocks: figures[3],
    };
}
