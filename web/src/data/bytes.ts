/** What src/base/buffer.h writes: varints, zigzag for signed ones, and UTF-8 with its length before it. */
export class Bytes {
    private at = 0;
    private readonly utf8 = new TextDecoder();

    constructor(private readonly bytes: Uint8Array) {}

    /** Up to 2^53: multiplied, not shifted, since shifts are of 32 bits. */
    varint(): number {
        let value = 0;
        let scale = 1;
        for (;;) {
            const byte = this.bytes[this.at++];
            value += (byte & 0x7f) * scale;
            if (byte < 0x80) return value;
            scale *= 0x80;
        }
    }

    signed(): number {
        const folded = this.varint();
        return folded % 2 ? -(folded + 1) / 2 : folded / 2;
    }

    text(): string {
        const length = this.varint();
        this.at += length;
        return this.utf8.decode(this.bytes.subarray(this.at - length, this.at));
    }
}

export function fromBase64(text: string): Uint8Array {
    const raw = atob(text);
    const bytes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
    return bytes;
}
