// The physical memory of the machine, and the structure in which the kernel publishes how it is laid out.

export const PUBLISHED_MAGIC = "MAPIXPUB";
export const PUBLISHED_VERSION = 1;
const FRAME = 4096;
const HEAD = 16;
const NAME = 36;

export class Memory {
    // bytes: a Uint8Array that begins at physical address 0
    constructor(bytes) {
        this.bytes = bytes;
        this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        this.size = bytes.byteLength;
    }

    u32(at) {
        return this.view.getUint32(at, true);
    }

    text(at, max) {
        let out = "";
        for (let i = 0; i < max && this.bytes[at + i]; i++)
            out += String.fromCharCode(this.bytes[at + i]);
        return out;
    }
}

// The numbers by which a reader finds its way: a Map of name to value. null: no kernel has published them yet.
export function findPublished(memory) {
    for (let at = 0; at + HEAD <= memory.size; at += FRAME) {
        if (memory.text(at, 8).startsWith(PUBLISHED_MAGIC))
            return readPublished(memory, at);
    }
    return null;
}

function readPublished(memory, at) {
    const version = memory.u32(at + 8);
    const size = memory.u32(at + 12);
    const numbers = new Map();

    if (version !== PUBLISHED_VERSION)
        throw new Error(`This kernel publishes version ${version} of its layout; the page knows version ${PUBLISHED_VERSION}.`);
    for (at += HEAD; at + size <= memory.size; at += size) {
        const name = memory.text(at, NAME);

        if (!name)
            break;
        numbers.set(name, memory.u32(at + NAME));
    }
    return numbers;
}
