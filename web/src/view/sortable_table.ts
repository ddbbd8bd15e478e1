import { button, element } from "./dom";

export interface Column<Row> {
    title: string;
    isFigure: boolean;
    isExtra?: boolean; // left out where there is little room
    /** What to sort by; figures from the largest down at first, texts from A. */
    key: (row: Row) => number | string;
    cell: (row: Row) => Node | string;
}

function classOf({ isFigure, isExtra }: { isFigure: boolean; isExtra?: boolean }): string {
    return `${isFigure ? "figure" : ""} ${isExtra ? "extra" : ""}`;
}

const ROWS_AT_FIRST = 25;
const ROWS_MORE = 200;

/** A table whose headings are buttons that sort it. Long ones show their first rows, and a button for more. */
export class SortableTable<Row> {
    private rows: Row[] = [];
    private shown = ROWS_AT_FIRST;
    private isDescending: boolean;
    private readonly body = element("tbody");
    private readonly headings: HTMLTableCellElement[];
    private readonly more = button({ class: "more" }, "", () => this.showMore());

    constructor(
        place: HTMLElement,
        caption: string,
        private readonly columns: Column<Row>[],
        private sortedBy: number,
    ) {
        this.isDescending = columns[sortedBy].isFigure;
        this.headings = columns.map((column, index) =>
            element(
                "th",
                { scope: "col", class: classOf(column) },
                button({}, column.title, () => this.sortBy(index)),
            ),
        );
        const table = element(
            "table",
            {},
            element("caption", { class: "unseen" }, caption),
            element("thead", {}, element("tr", {}, ...this.headings)),
            this.body,
        );
        place.append(element("div", { class: "scroll" }, table), this.more);
    }

    show(rows: Row[]): void {
        this.rows = rows;
        this.shown = ROWS_AT_FIRST;
        this.draw();
    }

    private sortBy(index: number): void {
        this.isDescending = index === this.sortedBy ? !this.isDescending : this.columns[index].isFigure;
        this.sortedBy = index;
        this.draw();
    }

    private showMore(): void {
        this.shown += ROWS_MORE;
        this.draw();
    }

    private draw(): void {
        const { key } = this.columns[this.sortedBy];
        const sign = this.isDescending ? -1 : 1;
        const compare = (a: Row, b: Row): number => (key(a) < key(b) ? -sign : key(a) > key(b) ? sign : 0);
        const rows = [...this.rows].sort(compare).slice(0, this.shown);
        this.headings.forEach((heading, index) => {
            const order = this.isDescending ? "descending" : "ascending";
            heading.setAttribute("aria-sort", index === this.sortedBy ? order : "none");
        });
        this.body.replaceChildren(
            ...rows.map((row) =>
                element(
                    "tr",
                    {},
                    ...this.columns.map((column) => element("td", { class: classOf(column) }, column.cell(row))),
                ),
            ),
        );
        this.more.hidden = this.shown >= this.rows.length;
        this.more.textContent = `Show more of ${this.rows.length.toLocaleString("en")}`;
    }
}
