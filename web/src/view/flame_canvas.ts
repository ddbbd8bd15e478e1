import type { Rect } from "./flame_layout";

export const ROW_PX = 20;
const TEXT_MARGIN_PX = 5;
const NARROWEST_TEXT_PX = 28;

/** How a frame is to look. */
export interface Look {
    label: string;
    colour: string;
    isDimmed: boolean;
}

export interface Palette {
    ink: string;
    paper: string;
    focus: string;
}

/** Draws frames; knows no tree. The canvas is as large as what is seen, and moves with the scrolling. */
export class FlameCanvas {
    private readonly context: CanvasRenderingContext2D;
    private letterPx = 0;

    constructor(readonly canvas: HTMLCanvasElement) {
        this.context = canvas.getContext("2d") as CanvasRenderingContext2D;
    }

    resize(width: number, height: number): void {
        const scale = window.devicePixelRatio || 1;
        this.canvas.width = Math.round(width * scale);
        this.canvas.height = Math.round(height * scale);
        this.canvas.style.width = `${width}px`;
        this.canvas.style.height = `${height}px`;
        this.context.setTransform(scale, 0, 0, scale, 0, 0);
        this.context.font = getComputedStyle(this.canvas).font;
        this.context.textBaseline = "middle";
        this.letterPx = this.context.measureText("0123456789").width / 10;
    }

    draw(
        rects: Rect[],
        top: number,
        height: number,
        look: (rect: Rect) => Look,
        focused: number,
        palette: Palette,
    ): void {
        const { context } = this;
        context.fillStyle = palette.paper;
        context.fillRect(0, 0, this.canvas.width, height);
        for (const rect of rects) {
            const y = rect.row * ROW_PX - top;
            if (y > -ROW_PX && y < height) this.drawFrame(rect, y, look(rect), palette);
        }
        const mark = rects.find((rect) => rect.node === focused);
        if (mark) {
            context.strokeStyle = palette.focus;
            context.lineWidth = 2;
            context.strokeRect(mark.x + 1, mark.row * ROW_PX - top + 1, Math.max(mark.width - 2, 1), ROW_PX - 3);
        }
    }

    private drawFrame(rect: Rect, y: number, { label, colour, isDimmed }: Look, palette: Palette): void {
        const { context } = this;
        context.globalAlpha = isDimmed ? 0.28 : 1;
        context.fillStyle = colour;
        context.fillRect(rect.x, y, Math.max(rect.width - 1, NARROW_FILL_PX), ROW_PX - 1);
        if (rect.width >= NARROWEST_TEXT_PX) {
            context.fillStyle = palette.ink;
            context.fillText(this.fit(label, rect.width - 2 * TEXT_MARGIN_PX), rect.x + TEXT_MARGIN_PX, y + ROW_PX / 2);
        }
        context.globalAlpha = 1;
    }

    /** As many letters as there is room for; the font has letters of one width. */
    private fit(text: string, width: number): string {
        const letters = Math.floor(width / this.letterPx);
        return text.length <= letters ? text : `${text.slice(0, Math.max(letters - 1, 1))}…`;
    }
}

const NARROW_FILL_PX = 0.5;
