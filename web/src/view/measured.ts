import { End, type Recording } from "../data/recording";
import { bytesText, countOf, countText, durationText } from "../format";
import { byId, element } from "./dom";
import { endText } from "./words";

/** The head of the page, and at its foot how the figures were come by. */
export function showRun(recording: Recording): void {
    const { run } = recording;
    const started = new Date(run.startUnixMs);
    const when = started.toLocaleString("sv"); // "2026-11-21 16:20:04"
    document.title = `${run.command} – Tidemark`;
    byId("command").textContent = run.command;
    const part = run.part ? ` · only ${run.part}` : "";
    byId("run").textContent =
        `${endText(recording)} after ${durationText(run.durationNs)} · process ${run.pid} on ${run.host} · ${when}${part}`;
    const isWhole = !run.lostEvents && !run.isTorn && run.end !== End.None;
    const exactness = byId("exactness");
    exactness.classList.toggle("warning", !isWhole);
    exactness.textContent = run.lostEvents ? `${countOf(run.lostEvents, "event")} lost` : "the recording breaks off";
    if (isWhole) exactness.textContent = "exact, nothing lost";
    byId("facts").append(
        ...facts(recording).flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]),
    );
}

function facts({ run, samples, history, modules }: Recording): [string, string][] {
    const lost = run.lostEvents
        ? `${countOf(run.lostEvents, "event")} of the allocator were lost, so the figures are not exact`
        : "exactly, not sampled: every allocation was counted, and nothing was lost";
    const mostRss = samples.rssBytes.reduce((most, bytes) => Math.max(most, bytes), 0);
    const all: [string, string][] = [
        ["measured", lost],
        ["heap", "bytes that the program asked its allocator for and had not freed"],
        [
            "over time",
            `${countOf(samples.count, "reading")} of heap and resident memory, ${countText(history.count)} of every call site`,
        ],
        ["resident", mostRss ? `${bytesText(mostRss)} at most (RSS)` : "not measured"],
    ];
    if (run.foreignFrees)
        all.push(["frees", `${countText(run.foreignFrees)} of blocks that were never seen allocated`]);
    if (run.mappedPeakBytes)
        all.push(["mapped", `${bytesText(run.mappedPeakBytes)} at most by the program’s own mmap, beside the heap`]);
    if (run.isTorn)
        all.push(["torn", `the file is cut: nothing is known after byte ${countText(run.tornOffsetBytes)}`]);
    all.push(["tracker", `Tidemark’s own ${bytesText(run.trackerBytes)} in the process are not counted`]);
    all.push(["program", run.program]);
    all.push(["version", `Tidemark ${run.toolVersion}`]);
    all.push(["modules", modules.map(({ path, buildId }) => `${path}${buildId ? `  ${buildId}` : ""}`).join("\n")]);
    return all;
}
