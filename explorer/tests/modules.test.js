// The parts of the page that need no browser.

import test from "node:test";
import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {Terminal, bytesOfKey} from "../src/terminal.js";
import {Memory, findPublished} from "../src/memory.js";
import {Kernel, mapsLine, OWNERS} from "../src/kernel.js";
import {TraceReader} from "../src/trace.js";
import {explain} from "../src/explain.js";
import {LESSONS, fits} from "../src/lessons.js";

function terminal(text) {
    const made = new Terminal(10, 4);

    for (const character of text)
        made.write(character);
    return made;
}

test("the terminal wraps, erases and answers", () => {
    assert.equal(terminal("0123456789ab").text(), "0123456789\nab");
    assert.equal(terminal("abc\b\bX\r\nY").text(), "aXc\nY");
    assert.equal(terminal("abcdef\r\x1b[3C\x1b[K").text(), "abc");
    assert.equal(terminal("\x1b[1;31mred\x1b[0m").text(), "red");
    assert.equal(terminal("a\r\nb\r\nc\x1b[2A\x1b[J").text(), "a\n\n");
    const asked = new Terminal(10, 4);
    let answer = "";

    asked.reply = (text) => { answer = text; };
    for (const character of "\x1b7\x1b[999;999H\x1b[6n\x1b8x")
        asked.write(character);
    assert.equal(answer, "\x1b[4;10R");
    assert.equal(asked.lines[0], "x");
});

test("keys become bytes, and Shift+Tab leaves the console", () => {
    assert.equal(bytesOfKey({key: "a"}), "a");
    assert.equal(bytesOfKey({key: "c", ctrlKey: true}), "\x03");
    assert.equal(bytesOfKey({key: "Enter"}), "\r");
    assert.equal(bytesOfKey({key: "Tab", shiftKey: true}), "");
    assert.equal(bytesOfKey({key: "F5"}), "");
});

// A memory with the structure at its second frame.
function memory(version, numbers) {
    const bytes = new Uint8Array(4 * 4096);
    const view = new DataView(bytes.buffer);
    const put = (at, text) => bytes.set(new TextEncoder().encode(text), at);

    put(4096, "MAPIXPUB");
    view.setUint32(4104, version, true);
    view.setUint32(4108, 40, true);
    Object.entries(numbers).forEach(([name, value], i) => {
        put(4112 + 40 * i, name);
        view.setUint32(4112 + 40 * i + 36, value, true);
    });
    return {made: new Memory(bytes), view};
}

test("the published numbers are found, and another version is refused", () => {
    assert.equal(findPublished(memory(1, {PAGE_SHIFT: 12}).made).get("PAGE_SHIFT"), 12);
    assert.throws(() => findPublished(memory(2, {}).made), /version 2/);
    assert.equal(findPublished(new Memory(new Uint8Array(8192))), null);
    assert.throws(() => new Kernel(memory(1, {}).made, new Map()), /PAGE_SHIFT/);
    assert.throws(() => new Kernel(memory(1, {}).made, new Map([["PAGE_SHIFT", 12], ["PGDIR_SHIFT", 30]])), /three levels \(PAE\)/);
});

test("both levels of page tables are walked", () => {
    const numbers = {PAGE_SHIFT: 12, PGDIR_SHIFT: 22, PAGE_OFFSET: 0xc0000000, TASK_SIZE: 0xc0000000, PTE_PFN_MASK: 0xfffff000, _PAGE_PRESENT: 1,
        _PAGE_RW: 2, _PAGE_ACCESSED: 32, _PAGE_DIRTY: 64, _PAGE_PSE: 128, _PAGE_GLOBAL: 256, _PAGE_SPECIAL: 512, _PAGE_HWPOISON: 128, "mm_struct.pgd": 0, "&empty_zero_page": 0xc0001000};
    const {made, view} = memory(1, numbers);
    const kernel = new Kernel(made, findPublished(made));

    view.setUint32(0, 0xc0002000, true); // the mm, whose first field is the directory in frame 2
    view.setUint32(0x2000 + 4 * 32, 0x3067, true);
    view.setUint32(0x3000 + 4 * 0x48, 0x1225, true); // the zero page at 0x08048000
    const {tables, directory} = kernel.pageTables(0xc0000000);

    assert.equal(directory, 2);
    assert.deepEqual(tables.map((table) => [table.slot, table.frame]), [[32, 3]]);
    assert.deepEqual(tables[0].entries.map(({address, frame, kind, writable, accessed}) => [address, frame, kind, writable, accessed]), [[0x08048000, 1, "zero page", false, true]]);
});

test("a mapping is written as a line of maps", () => {
    const vma = {start: 0x8048000, end: 0x8049000, permissions: "r-xp", offset: 0x1000, device: "01:00", inode: 35};

    assert.equal(mapsLine({...vma, name: "/bin/cat"}), "08048000-08049000 r-xp 00001000 01:00 35         /bin/cat");
    assert.equal(OWNERS.length, new Set(OWNERS).size);
});

const ABI = {version: 1, magic: 0x5458504d, text: 36, record_size: 64, fields: {ns: [0, 8, 1], seq: [8, 4, 1], insns: [12, 4, 1], type: [16, 2, 1], pid: [18, 2, 1], arg: [24, 4, 10]},
    events: [{number: 17, system: "mapix", name: "fault", args: [["address", 1], ["access", 1], ["found", 1], ["done", 1], ["before", 1], ["after", 1]]}],
    meta: [{number: 64, system: "meta", name: "header", args: []}, {number: 65, system: "meta", name: "name", args: []}, {number: 66, system: "meta", name: "lost", args: []}],
    names: {comm: 1, file: 2}, accesses: {write: 1}, found: {nothing: 0}, done: {new_page: 2}, vma_ops: {}, mm_ops: {}};

function record(type, ...args) {
    const view = new DataView(new ArrayBuffer(64));

    view.setUint16(16, type, true);
    view.setUint16(18, 7, true);
    args.forEach((value, i) => view.setUint32(24 + 4 * i, value, true));
    return new Uint8Array(view.buffer);
}

test("the stream of records is read, with names, losses and a check of the version", () => {
    const seen = [];
    const reader = new TraceReader(ABI, (one) => seen.push(one));
    const push = (bytes) => bytes.forEach((byte) => reader.push(byte));

    push(record(64, 0x5458504d, (64 << 16) | 1));
    push(record(65, (1 << 24) | (3 << 12), 0x00776f63));
    push(record(66, 5));
    push(record(17, 0x8050000, 1, 0, 2, 0xffffffff, 0x123));
    assert.equal(reader.lost, 5);
    assert.deepEqual([seen[0].comm, seen[0].pid, seen[0].write, seen[0].done, seen[0].address], ["cow", 7, true, "new_page", 0x8050000]);
    assert.equal(explain(seen[0], {name: "[heap]"}), "First write to a page of the heap (address 0x8050000): a page of zeros was taken, frame 0x123.");
    assert.throws(() => push(record(64, 0x5458504d, 2)), /version 2/);
    assert.throws(() => push(record(99)), /type 99/);
});

test("every way in which an entry comes or goes has a sentence, of large pages too", () => {
    const abi = readFileSync(new URL("../../kernel/trace/trace_abi.h", import.meta.url), "utf8");
    const ops = [...abi.matchAll(/TRACE_PAGE_(?!FAULT)([A-Z_]+), \d/g)].map(([, op]) => op.toLowerCase());

    assert.deepEqual(ops, ["around", "moved", "large", "split", "split_zeros", "filled", "zeroed", "continued"]);
    for (const op of ops)
        assert.match(explain({event: "page", op, address: 0x400000, old: 0x800000, frame: 0x400, pages: 1024}), /^The .*0x400000.*\.$|^A large page.*0x400000\.$/, op);
    assert.equal(explain({event: "page", op: "moved", address: 0x400000, old: 0x400000, frame: 0x500, pages: 1}),
        "The contents of the page at 0x400000 lie in another frame now, frame 0x500.");
    assert.equal(explain({event: "zap", address: 0x400000, frame: 0x400, pages: 3}), "3 pages of a large page go, from 0x400000 on.");
    assert.equal(explain({event: "zap", address: 0x400000, frame: 0x400, pages: 1}), "The entry of 0x400000 is cleared; it mapped frame 0x400.");
});

test("lessons are complete, and their conditions name fields that the kernel's records have", () => {
    const names = ["event", "program", "place", "write", "found", "done"];
    const abi = readFileSync(new URL("../../kernel/trace/trace_abi.h", import.meta.url), "utf8");

    for (const lesson of LESSONS) {
        assert.ok(lesson.title && lesson.command.startsWith("/experiments/") && lesson.steps.length > 1, lesson.id);
        for (const {text, until} of lesson.steps) {
            assert.ok(text);
            assert.deepEqual(Object.keys(until).filter((name) => !names.includes(name)), []);
            for (const list of ["found", "done"])
                assert.ok(!until[list] || abi.includes(`TRACE_${list}_${until[list]},`.toUpperCase()), until[list]);
        }
    }
    assert.ok(fits({event: "fault", program: "cow", place: "[heap]"}, {event: "fault"}, {program: "cow", vma: {name: "[heap]"}}));
    assert.ok(!fits({event: "fault", program: "cow"}, {event: "fault"}, {program: "sh"}));
});
