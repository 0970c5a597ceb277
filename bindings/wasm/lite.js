// The model lite as a browser loads it: the bytes of a safetensors file, but of its numbers, which have 16 bits, first
// all upper bytes and then all lower ones, compressed by gzip. That saves a fifteenth: the upper bytes are alike.
// No server has to compress it.

// The end of the header, where the numbers begin.
function start(bytes) {
    return 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

export function parted(bytes) {
    const out = new Uint8Array(bytes), from = start(bytes), count = (bytes.length - from) / 2;
    for (let i = 0; i < count; i++) {
        out[from + i] = bytes[from + 2 * i + 1];
        out[from + count + i] = bytes[from + 2 * i];
    }
    return out;
}

export function joined(bytes) {
    const out = new Uint8Array(bytes), from = start(bytes), count = (bytes.length - from) / 2;
    for (let i = 0; i < count; i++) {
        out[from + 2 * i + 1] = bytes[from + i];
        out[from + 2 * i] = bytes[from + count + i];
    }
    return out;
}

export async function unpacked(blob) {
    const bytes = await new Response(blob.stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
    return joined(new Uint8Array(bytes));
}
