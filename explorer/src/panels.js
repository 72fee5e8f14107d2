// Drawing. Each panel takes a picture (picture.js) and shows it.

import {OWNERS, mapsLine} from "./kernel.js";
import {countOwners, holding} from "./picture.js";

const STYLES = ["--free", "--reserved", "--slab", "--table", "--anon", "--file", "--other"];
// The time line: colour, height (a share of the strip) and words of each kind of event. Kinds of one colour differ in height.
const TIME_LINE = [
    {events: ["fault"], colour: "--table", height: 1, says: "fault"},
    {events: ["copy"], colour: "--other", height: 0.7, says: "page copied"},
    {events: ["vma"], colour: "--anon", height: 0.7, says: "mapping"},
    {events: ["sys_enter", "sys_exit"], colour: "--call", height: 0.4, says: "system call"},
    {events: ["zap"], colour: "--reserved", height: 0.7, says: "page goes"},
    {events: ["read", "write"], colour: "--file", height: 0.7, says: "disk"},
    {events: ["mm"], colour: "--slab", height: 0.7, says: "address space"},
];
const OTHER_EVENT = {events: [], colour: "--free", height: 0.4, says: "other"};
const MOST_ROWS = 400;

export const hex = (value, width = 8) => (value >>> 0).toString(16).padStart(width, "0");
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
export const byId = (id) => document.getElementById(id);

export function element(tag, text = "", attributes = {}) {
    const made = document.createElement(tag);

    made.textContent = text;
    for (const [name, value] of Object.entries(attributes))
        made.setAttribute(name, value);
    return made;
}

function fill(id, rows) {
    byId(id).replaceChildren(...rows);
}

function row(cells, attributes = {}) {
    const made = element("tr", "", attributes);

    made.append(...cells.map((cell) => (cell instanceof Node ? cell : element("td", String(cell)))));
    return made;
}

// A row that can be chosen by mouse or by Enter.
function choosable(made, choose) {
    made.tabIndex = 0;
    made.addEventListener("click", choose);
    made.addEventListener("keydown", (event) => {
        if (event.key === "Enter")
            choose();
    });
    return made;
}

// ---- console

export function drawConsole(terminal) {
    const lines = [...terminal.lines];
    const line = lines[terminal.row].padEnd(terminal.column + 1);
    const box = byId("console");
    const before = [...lines.slice(0, terminal.row), line.slice(0, terminal.column)].join("\n");
    const after = [line.slice(terminal.column + 1), ...lines.slice(terminal.row + 1)].join("\n");

    box.replaceChildren(before, element("span", line[terminal.column], {class: "cursor"}), after);
    box.scrollTop = box.scrollHeight;
}

// ---- processes

export function drawProcesses(picture, choose) {
    const kib = (process) => (process.mm ? process.pages * 4 : "kernel");

    fill("chosen-process", picture.processes.filter((process) => process.mm).map((process) => {
        const option = element("option", `${process.pid} ${process.comm}`, {value: process.pid});

        option.selected = process.pid === picture.pid;
        return option;
    }));
    byId("processes").tBodies[0].replaceChildren(...picture.processes.map((process) => {
        const made = row([process.pid, process.parent, process.comm, process.pid === picture.current ? "runs now" : process.state, kib(process),
            process.minorFaults + process.majorFaults], {class: process.pid === picture.pid ? "chosen" : ""});

        return process.mm ? choosable(made, () => choose(process.pid)) : made;
    }));
}

// ---- the address space

function vmaColour(vma) {
    return colour(vma.file ? "--file" : vma.name === "[vvar]" || vma.name === "[vdso]" ? "--slab" : "--anon");
}

function prepare(canvas) {
    const scale = window.devicePixelRatio || 1;

    canvas.width = Math.max(1, Math.round(canvas.clientWidth * scale));
    canvas.height = Math.max(1, Math.round(canvas.clientHeight * scale));
    return canvas.getContext("2d");
}

export function drawSpace(picture, view, faultAddress) {
    const canvas = byId("space");
    const context = prepare(canvas);
    const x = (address) => ((address - view.start) / (view.end - view.start)) * canvas.width;

    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    for (const vma of picture.space?.vmas ?? []) {
        const width = Math.max(2, x(vma.end) - x(vma.start));

        context.fillStyle = vmaColour(vma);
        context.fillRect(x(vma.start), canvas.height * (vma.permissions[1] === "w" ? 0.1 : 0.3), width, canvas.height * (vma.permissions[1] === "w" ? 0.6 : 0.4));
        context.fillStyle = "#000";
        for (const entry of vma.entries)
            context.fillRect(x(entry.address), canvas.height * 0.75, Math.max(1, x(entry.address + picture.space.pageSize) - x(entry.address) - 0.5), canvas.height * 0.2);
    }
    if (faultAddress !== undefined) {
        context.fillStyle = colour("--table");
        context.fillRect(x(faultAddress) - 2, 0, 4, canvas.height);
    }
    byId("range").textContent = `${hex(view.start)} – ${hex(view.end)} (height: writable or not; black below: pages in memory)`;
}

function bar(vma, pageSize) {
    const box = element("span", "", {class: "bar"});
    const full = element("b");

    full.style.width = `${Math.min(100, (100 * vma.entries.length * pageSize) / (vma.end - vma.start))}%`;
    box.append(full);
    return box;
}

export function drawMappings(picture, choose) {
    const {space} = picture;
    const rows = (space?.vmas ?? []).map((vma) => {
        const cell = element("td");
        const pages = vma.entries.filter((entry) => entry.frame >= 0).length;

        cell.append(bar(vma, space.pageSize), ` ${pages}`);
        return choosable(row([`${hex(vma.start)}-${hex(vma.end)}`, vma.permissions, (vma.end - vma.start) / 1024, cell, vma.name || "anonymous"],
            {"data-line": mapsLine(vma), "data-pages": pages}), () => choose(vma));
    });

    byId("vmas").tBodies[0].replaceChildren(...rows);
    byId("space-summary").textContent = space ? `${space.counters.mappings} mappings, ${space.counters.total * space.pageSize / 1024} KiB; in memory: ` +
        `${space.counters.anonymous} anonymous pages, ${space.counters.file} of files, ${space.counters.shmem} shared` : "";
}

// ---- page tables

function bitsOf(entry) {
    return (entry.writable ? "w" : "-") + (entry.accessed ? "a" : "-") + (entry.dirty ? "d" : "-");
}

export function drawTables(picture, slot, choose) {
    const tables = new Map((picture.space?.tables.tables ?? []).map((table) => [table.slot, table]));
    const cells = [];

    for (let i = 0; i < (picture.space?.tables.slots ?? 0); i++) {
        const table = tables.get(i);
        const cell = element(table ? "button" : "span", "", table ? {"aria-label": `table ${i}, frame ${hex(table.frame, 1)}`, title: `entry ${i}: frame 0x${hex(table.frame, 1)}`,
            class: i === slot ? "chosen" : ""} : {});

        if (table)
            cell.addEventListener("click", () => choose(i));
        cells.push(cell);
    }
    fill("directory", cells);
    const shown = slot === null ? [...tables.values()].flatMap((table) => table.entries) : tables.get(slot)?.entries ?? [];

    byId("entries").tBodies[0].replaceChildren(...shown.slice(0, MOST_ROWS).map((entry) => row([hex(entry.address), entry.frame < 0 ? "" : hex(entry.frame, 5), bitsOf(entry), entry.kind, entry.mapcount ?? ""],
        {"data-address": hex(entry.address), "data-frame": entry.frame, class: picture.record?.event === "fault" && picture.record.address >>> 12 === entry.address >>> 12 ? "chosen" : ""})));
    byId("tables-summary").textContent = picture.space ? `directory in frame 0x${hex(picture.space.tables.directory, 1)}, ${tables.size} tables, ${[...tables.values()].reduce((sum, table) => sum + table.entries.length, 0)} entries` : "";
}

// A box of the colour, and words.
function legendItem(name, words, attributes = {}) {
    const item = element("li", "", attributes);
    const box = element("i");

    box.style.background = name.startsWith("--") ? colour(name) : name;
    item.append(box, words);
    return item;
}

// ---- frames

export const FRAMES_WIDE = 256;

export function drawFrames(picture) {
    const canvas = byId("frames");
    const colours = STYLES.map((name) => colour(name).match(/[0-9a-f]{2}/gi).map((part) => parseInt(part, 16)));
    const mine = new Set((picture.space?.vmas ?? []).flatMap((vma) => vma.entries.map((entry) => entry.frame)));

    canvas.width = FRAMES_WIDE;
    canvas.height = Math.ceil(picture.frames.length / FRAMES_WIDE);
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);

    picture.frames.forEach((owner, frame) => image.data.set(mine.has(frame) ? [0, 0, 0, 255] : [...colours[owner], 255], 4 * frame));
    context.putImageData(image, 0, 0);
    const counts = countOwners(picture.frames, OWNERS);
    const entries = OWNERS.map((name, i) => legendItem(STYLES[i], `${name}: ${counts[i]}`, {"data-owner": name, "data-count": counts[i]}));

    fill("legend", [...entries, legendItem("#000", `of this process: ${[...mine].filter((frame) => frame >= 0).length}`)]);
}

// ---- the tree

export function drawTree(picture) {
    const svg = byId("tree");
    const nodes = [];
    const place = (node, depth) => {
        if (!node)
            return null;
        const left = place(node.left, depth + 1);
        const made = {...node, x: 0, depth};

        made.x = nodes.push(made) - 1;
        made.children = [left, place(node.right, depth + 1)].filter(Boolean);
        return made;
    };
    place(picture.space?.tree ?? null, 0);
    const wide = 74;
    const at = (node) => [node.x * wide + 40, node.depth * 44 + 18];
    const shapes = nodes.flatMap((node) => node.children.map((child) => {
        const [x1, y1] = at(node);
        const [x2, y2] = at(child);

        return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#555"/>`;
    }));

    for (const node of nodes) {
        const [x, y] = at(node);

        shapes.push(`<rect x="${x - 36}" y="${y - 11}" width="72" height="22" rx="${node.red ? 11 : 0}" fill="${node.red ? "#fff" : "#333"}" stroke="${node.red ? colour("--table") : "#333"}" stroke-width="2"/>` +
            `<text x="${x}" y="${y + 4}" font-size="11" font-family="monospace" text-anchor="middle" fill="${node.red ? "#000" : "#fff"}">${hex(node.start)}</text>`);
    }
    svg.setAttribute("width", nodes.length * wide + 20);
    svg.setAttribute("height", 44 * (1 + Math.max(0, ...nodes.map((node) => node.depth))));
    svg.innerHTML = shapes.join("");
}

// ---- the time line

export function drawTime(records, total, lost, chosen, choose) {
    const canvas = byId("strip");
    const context = prepare(canvas);
    const width = canvas.width / Math.max(1, records.length);

    const colours = new Map([...TIME_LINE, OTHER_EVENT].map((kind) => [kind, colour(kind.colour)]));

    records.forEach((record, i) => {
        const kind = TIME_LINE.find(({events}) => events.includes(record.event)) ?? OTHER_EVENT;

        context.fillStyle = colours.get(kind);
        context.fillRect(i * width, canvas.height * (1 - kind.height), Math.max(1, width - 0.5), canvas.height);
    });
    if (!byId("time-legend").firstChild)
        fill("time-legend", [...TIME_LINE, OTHER_EVENT].map((kind) => legendItem(kind.colour, kind.says, {"data-events": kind.events.join(" ")})));
    fill("events", records.slice(-40).reverse().map((record) => choosable(element("li", `${(record.ns / 1e6).toFixed(3)} ms  ${record.comm} (${record.pid})  ${record.event}  ${record.sentence}`,
        {class: record === chosen ? "chosen" : ""}), () => choose(record))));
    byId("time-summary").textContent = `${total} events${lost ? `, ${lost} lost` : ""}`;
}

// ---- the frame under the pointer

export function describeFrame(kernel, picture, frame) {
    const page = kernel.page(frame);
    const users = (picture.space?.vmas ?? []).flatMap((vma) => vma.entries).filter((entry) => entry.frame === frame).map((entry) => hex(entry.address));

    return `frame 0x${hex(frame, 1)}: ${OWNERS[picture.frames[frame]]}, ${page.count} users${page.mapcount > 0 ? `, mapped ${page.mapcount} times` : ""}${users.length ? `, here at ${users.join(", ")}` : ""}`;
}

export function mappingOf(picture, address) {
    return picture.space && holding(picture.space.vmas, address);
}
