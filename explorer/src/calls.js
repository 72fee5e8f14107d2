// System calls as strace prints them. The table is what scripts/tracecalls.py prints, which has the same lines.

const LAST_ERRNO = 4095;
const CLONE_SIGNAL = 0xff; // of clone's flags
const SIGCHLD = 17;

const prefixed = (value) => "0x" + (value >>> 0).toString(16);

export class Calls {
    constructor(table) {
        this.table = table;
        this.open = new Map(); // of each thread: the call that it is in
    }

    // A call begins: its text so far.
    enter(record) {
        const call = {name: this.table.names[record.id] ?? `syscall_${record.id}`, values: [1, 2, 3, 4, 5, 6].map((n) => record[`a${n}`] >>> 0)};

        this.open.set(record.pid, call);
        return this.head(call);
    }

    // It ends: the whole line.
    exit(record) {
        const call = this.open.get(record.pid) ?? {name: this.table.names[record.id] ?? `syscall_${record.id}`, values: null};

        this.open.delete(record.pid);
        return `${this.head(call)} = ${this.result(call.name, record.ret >>> 0)}`;
    }

    head({name, values}) {
        return `${this.table.renamed[name] ?? name}(${values ? this.values(name, values) : "…"})`;
    }

    values(name, values) {
        let kinds = this.table.memory[name];

        if (!kinds)
            return values.map(prefixed).join(", ");
        if (name === "mremap" && !(values[3] & this.table.fixed))
            kinds = kinds.slice(0, 4);
        if (name === "clone" && !(values[0] & ~CLONE_SIGNAL))
            kinds = kinds.slice(0, 2);
        return kinds.map((kind, i) => this.value(kind, values[i])).join(", ");
    }

    value(kind, value) {
        if (this.table.flags[kind])
            return this.flags(kind, value);
        const texts = {
            address: () => (value ? prefixed(value) : "NULL"), pointer: () => (value ? prefixed(value) : "NULL"),
            pageoffset: () => (value ? "0x" + (value * 4096).toString(16) : "0"), advice: () => this.table.advice[value] ?? String(value),
            size: () => String(value), number: () => String(value | 0), fd: () => String(value | 0),
        };

        return (texts[kind] ?? (() => prefixed(value)))();
    }

    flags(kind, value) {
        const words = [];
        const signal = kind === "clone" ? value & CLONE_SIGNAL : 0;

        value = (value & ~signal) >>> 0;
        for (const [bits, name] of this.table.flags[kind]) {
            if ((value & bits) >>> 0 !== bits)
                continue;
            words.push(name);
            value = (value & ~bits) >>> 0;
        }
        if (value)
            words.push(prefixed(value));
        if (signal)
            words.push(signal === SIGCHLD ? "SIGCHLD" : `signal ${signal}`);
        return words.join("|") || this.table.none[kind];
    }

    result(name, value) {
        if (value >= 2 ** 32 - LAST_ERRNO) {
            const [word, text] = this.table.errors[2 ** 32 - value] ?? [2 ** 32 - value, "unknown"];

            return `-1 ${word} (${text})`;
        }
        return this.table.addresses.includes(name) ? prefixed(value) : String(value);
    }
}
