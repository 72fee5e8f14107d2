// The stream of records that the kernel sends over the second serial port; abi is what scripts/trace-abi prints.

const BUILD_WORD = 4; // of a header: where the kernel's build id begins
const BUILD_BYTES = 20;

export class TraceReader {
    constructor(abi, onRecord) {
        this.abi = abi;
        this.onRecord = onRecord;
        this.buffer = new Uint8Array(abi.record_size);
        this.view = new DataView(this.buffer.buffer);
        this.have = 0;
        this.names = new Map(); // of pids
        this.file = "";
        this.lost = 0;
        this.types = new Map([...abi.events, ...abi.meta].map((event) => [event.number, event]));
    }

    push(byte) {
        this.buffer[this.have++] = byte;
        if (this.have < this.buffer.length)
            return;
        this.have = 0;
        this.record();
    }

    number(name, index = 0) {
        const [offset, size] = this.abi.fields[name];
        const at = offset + index * size;

        return {1: () => this.view.getUint8(at), 2: () => this.view.getUint16(at, true), 4: () => this.view.getUint32(at, true),
            8: () => Number(this.view.getBigUint64(at, true))}[size]();
    }

    record() {
        const type = this.types.get(this.number("type"));

        if (!type)
            throw new Error(`The kernel sends a record of type ${this.number("type")}, which this page does not know.`);
        if (type.name === "header")
            this.header();
        else if (type.name === "name")
            this.name();
        else if (type.name === "lost")
            this.lost += this.number("arg", 0);
        else if (type.system !== "meta")
            this.event(type);
    }

    header() {
        const at = this.abi.fields.arg[0] + 4 * BUILD_WORD;
        const magic = this.number("arg", 0);
        const version = this.number("arg", 1) & 0xffff;

        if (magic !== this.abi.magic)
            throw new Error("The second serial port sends no trace.");
        if (version !== this.abi.version)
            throw new Error(`The kernel sends version ${version} of the trace; the page knows version ${this.abi.version}.`);
        this.build = [...this.buffer.subarray(at, at + BUILD_BYTES)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    }

    name() {
        const what = this.number("arg", 0);
        const offset = what & 0xfff;
        const length = Math.min((what >>> 12) & 0xfff, offset + this.abi.text) - offset;
        const at = this.abi.fields.arg[0] + 4;
        const text = String.fromCharCode(...this.buffer.subarray(at, at + length));

        if (what >>> 24 === this.abi.names.comm)
            this.names.set(this.number("pid"), text);
        else
            this.file = offset ? this.file + text : text;
    }

    event(type) {
        const made = {event: type.name, system: type.system, ns: this.number("ns"), seq: this.number("seq"), pid: this.number("pid"),
            cycles: this.number("insns"), file: this.file};
        let index = 0;

        for (const [name, words] of type.args) {
            made[name === "pid" ? "argPid" : name] = words > 1 ? this.words(index, words) : this.number("arg", index);
            index += words;
        }
        this.spellOut(made);
        if (type.name.startsWith("sched_process") || type.name === "sched_wakeup")
            made.other = made.comm;
        made.comm = this.names.get(this.number("pid")) ?? "";
        this.file = "";
        this.onRecord(made);
    }

    // Numbers that stand for something get its name.
    spellOut(made) {
        const name = (list, number) => Object.keys(list).find((key) => list[key] === number) ?? String(number);

        if (made.event === "fault") {
            made.write = Boolean(made.access & this.abi.accesses.write);
            made.found = name(this.abi.found, made.found);
            made.done = name(this.abi.done, made.done);
        } else if (made.event === "vma") {
            made.op = name(this.abi.vma_ops, made.op);
        } else if (made.event === "page") {
            made.op = name(this.abi.page_ops, made.op);
        } else if (made.event === "mm") {
            made.op = name(this.abi.mm_ops, made.op);
        }
    }

    words(index, words) {
        const at = this.abi.fields.arg[0] + 4 * index;

        return String.fromCharCode(...this.buffer.subarray(at, at + 4 * words)).split("\0")[0];
    }
}
