/** (parent, item) → child, for trees with hundreds of thousands of nodes: open addressing in flat arrays. */
export class Edges {
    private parents: Int32Array;
    private items: Int32Array;
    private children: Int32Array; // 0: free, since no child is the root
    private count = 0;

    constructor(expected: number) {
        let size = 16;
        while (size < expected * 2) size *= 2;
        this.parents = new Int32Array(size);
        this.items = new Int32Array(size);
        this.children = new Int32Array(size);
    }

    /** The child, or `fresh` after it has been put there. */
    get(parent: number, item: number, fresh: number): number {
        if (this.count * 2 >= this.children.length) this.grow();
        const slot = this.slot(parent, item);
        if (!this.children[slot]) {
            this.parents[slot] = parent;
            this.items[slot] = item;
            this.children[slot] = fresh;
            this.count++;
        }
        return this.children[slot];
    }

    private slot(parent: number, item: number): number {
        const mask = this.children.length - 1;
        let slot = (Math.imul(parent, 0x9e3779b1) ^ Math.imul(item, 0x85ebca6b)) >>> 0;
        slot = (slot ^ (slot >>> 15)) & mask;
        while (this.children[slot] && (this.parents[slot] !== parent || this.items[slot] !== item)) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private grow(): void {
        const { parents, items, children } = this;
        this.parents = new Int32Array(children.length * 2);
        this.items = new Int32Array(children.length * 2);
        this.children = new Int32Array(children.length * 2);
        this.count = 0;
        for (let i = 0; i < children.length; i++) if (children[i]) this.get(parents[i], items[i], children[i]);
    }
}
