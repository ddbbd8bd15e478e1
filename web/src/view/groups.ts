import type { Recording } from "../data/recording";
import { bytesText, countText, cut } from "../format";
import type { Modules } from "../model/modules";
import { type Group, groups, moduleOfSite } from "../model/shares";
import { bar, byId, element, figure } from "./dom";
import { type Column, SortableTable } from "./sortable_table";
import { ownerName, threadName } from "./words";

/** The whole run by thread, by module and by allocator function: the same whatever is looked at above. */
export function showGroups(recording: Recording, modules: Modules): void {
    const { sites } = recording;
    show(
        "thread",
        groups(recording, (site) => sites.thread[site]),
        (row) => threadName(recording, row),
    );
    if (recording.owners.length > 1) {
        show(
            "owner",
            groups(recording, (site) => sites.owner[site]),
            (row) => ownerName(recording, row),
        );
    }
    show(
        "allocator function",
        groups(recording, (site) => sites.kind[site], true),
        (row) => recording.kinds[row],
    );
    show(
        "module",
        groups(recording, (site) => moduleOfSite(recording, site)),
        (row) => modules.name(row),
    );
}

function bytesFigure(bytes: number): HTMLElement {
    return figure(bytesText(bytes), `${countText(bytes)} B`);
}

function show(title: string, rows: Group[], name: (row: number) => string): void {
    const mostBytes = Math.max(0, ...rows.map((group) => group.peakBytes));
    const bytes = (column: string, of: (group: Group) => number): Column<Group> => ({
        title: column,
        isFigure: true,
        key: of,
        cell: (group) => bytesFigure(of(group)),
    });
    const count = (column: string, of: (group: Group) => number): Column<Group> => ({
        title: column,
        isFigure: true,
        key: of,
        cell: (group) => countText(of(group)),
    });
    const columns: Column<Group>[] = [
        {
            title,
            isFigure: false,
            key: (group) => name(group.row),
            cell: (group) => element("span", { class: "name", title: cut(name(group.row)) }, cut(name(group.row), 120)),
        },
        {
            title: "peak",
            isFigure: true,
            key: (group) => group.peakBytes,
            cell: (group) =>
                element("span", { class: "with-bar" }, bar(group.peakBytes, mostBytes), bytesFigure(group.peakBytes)),
        },
        bytes("total", (group) => group.totalBytes),
        { ...count("allocations", (group) => group.totalBlocks), isExtra: true },
        { ...count("temporary", (group) => group.temporaryBlocks), isExtra: true },
        bytes("at end", (group) => group.endBytes),
    ];
    const place = element("div", { class: "group", "data-group": title });
    byId("groups").append(place);
    new SortableTable(place, `By ${title}`, columns, 1).show(rows);
}
