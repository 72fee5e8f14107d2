/*
 * The page tables. With two levels: the page directory with an entry for each 4 MiB, and the page table
 * behind the entry that is chosen, with one for each 4 KiB. With three (PAE), entries are of 8 bytes, and
 * a table has half as many: 2 MiB for each entry of a page directory, of which there are four, behind the
 * entries of the page-directory-pointer table.
 */
import {PAGE, TOP, hex} from "./model.mjs";
import {areaColour, kindOf} from "./colours.mjs";

const MIB = 2 ** 20;

/* How the tables divide an address. */
export class Format {
	constructor(levels) {
		this.entries = levels === 3 ? [4, 512, 512] : [1024, 1024]; // of the table that CR3 points to, and on
		this.bytes = levels === 3 ? 8 : 4; // of an entry
		this.inTable = this.entries.at(-1);
		this.tableSize = this.inTable * PAGE; // what a page table covers; so much is a large page
		this.directorySize = this.entries.at(-2) * this.tableSize;
	}

	/* The entry of each table that an address goes through. */
	indexes(address) {
		const found = [];
		let rest = Math.floor(address / PAGE);
		for (const entries of [...this.entries].reverse()) {
			found.unshift(rest % entries);
			rest = Math.floor(rest / entries);
		}
		return found;
	}

	/* The address where what the page directory of an address covers begins. */
	directoryStart(address) {
		return Math.floor(address / this.directorySize) * this.directorySize;
	}
}

function mappingIn(space, start, end) {
	return space.mappings.find((m) => m.start < end && m.end > start) ?? null;
}

/* What each entry of the page-directory-pointer table shows: whether something is mapped there. Programs have all but the last. */
export function pointers(space, format) {
	const cells = [];
	for (let at = 0; at < format.entries[0]; at++) {
		const start = at * format.directorySize;
		cells.push({start, kernel: start >= TOP, mapping: mappingIn(space, start, start + format.directorySize)});
	}
	return cells;
}

/* What each entry of a page directory shows, user space only: the number of entries in its table, or the large page, and whether something
   is mapped there. */
export function directory(space, format, address) {
	const counts = space.tables(format.inTable), cells = [], first = format.directoryStart(address);
	for (let start = first; start < Math.min(first + format.directorySize, TOP); start += format.tableSize) {
		const page = start / PAGE;
		const large = space.large.has(page) ? space.pages.get(page) : null;
		cells.push({start, count: counts.get(start / format.tableSize) ?? 0, large, mapping: mappingIn(space, start, start + format.tableSize)});
	}
	return cells;
}

/* What each entry of one table shows: the page, or the mapping that would allow one, or neither. `large`: there is no table. */
export function table(space, format, address) {
	const cells = [], first = Math.floor(address / format.tableSize) * format.inTable;
	const inside = space.mappings.filter((m) => m.start < (first + format.inTable) * PAGE && m.end > first * PAGE);
	for (let page = first; page < first + format.inTable; page++) {
		const mapping = inside.find((m) => m.start <= page * PAGE && page * PAGE < m.end) ?? null;
		cells.push({start: page * PAGE, page: space.pages.get(page) ?? null, mapping, large: space.large.has(first)});
	}
	return cells;
}

/* Which entries an address goes through, in words. */
export function way(space, format, address) {
	const at = format.indexes(address), first = Math.floor(address / format.tableSize) * format.inTable;
	const above = at.length === 3 ? `entry ${at[0]} of the page-directory-pointer table, entry ${at[1]} of its page directory` : `entry ${at[0]} of the page directory`;
	if (space.large.has(first))
		return `${hex(address)} = ${above}, which maps a large page of ${format.tableSize / MIB} MiB, byte ${address % format.tableSize}.`;
	const count = space.tables(format.inTable).get(first / format.inTable) ?? 0;
	return `${hex(address)} = ${above}, entry ${at.at(-1)} of its table, byte ${address % PAGE}. ` +
		`This table has ${count} ${count === 1 ? "entry" : "entries"} that the trace has told of.`;
}

/* Cells side by side on a canvas; which one is at a place. */
class Grid {
	constructor(canvas, columns, chosen) {
		this.canvas = canvas;
		this.columns = columns;
		this.cells = [];
		canvas.addEventListener("click", (event) => {
			const at = this.at(event);
			if (at < this.cells.length)
				chosen(at);
		});
		canvas.addEventListener("pointermove", (event) => {
			this.canvas.title = this.cells[this.at(event)]?.says ?? "";
		});
	}

	at(event) {
		return Math.floor(event.offsetY / this.size) * this.columns + Math.floor(event.offsetX / this.size);
	}

	draw(cells, marked) {
		const ratio = globalThis.devicePixelRatio || 1, width = this.canvas.clientWidth;
		this.cells = cells;
		this.size = width / this.columns;
		const height = Math.ceil(cells.length / this.columns) * this.size;
		this.canvas.style.height = `${height}px`;
		this.canvas.width = width * ratio;
		this.canvas.height = height * ratio;
		const g = this.canvas.getContext("2d");
		g.scale(ratio, ratio);
		g.font = `${Math.floor(this.size * 0.8)}px monospace`;
		cells.forEach((cell, at) => this.drawCell(g, cell, at, at === marked));
	}

	drawCell(g, cell, at, marked) {
		const x = at % this.columns * this.size, y = Math.floor(at / this.columns) * this.size;
		g.globalAlpha = cell.strength;
		g.fillStyle = cell.colour;
		g.fillRect(x, y, this.size - 1, this.size - 1);
		g.globalAlpha = 1;
		if (cell.letter && this.size > 8) {
			g.fillStyle = "#000000";
			g.fillText(cell.letter, x + this.size * 0.2, y + this.size * 0.75);
		}
		if (marked) {
			g.strokeStyle = "#000000";
			g.lineWidth = 2;
			g.strokeRect(x, y, this.size - 1, this.size - 1);
		}
	}
}

const EMPTY = "#eeeeee", KERNEL = "#999999", FAINT = 0.25;

/* The panel: a canvas for each level, and a line of text. chosen(address): what was clicked. */
export class PageTables {
	constructor(levels, canvases, title, caption, chosen) {
		const [top, upper, lower] = canvases, format = new Format(levels), within = (address) => address < TOP && chosen(address);
		this.format = format;
		this.caption = caption;
		this.address = 0;
		this.top = levels === 3 ? new Grid(top, 64, (at) => within(at * format.directorySize)) : null;
		this.upper = new Grid(upper, 64, (at) => within(format.directoryStart(this.address) + at * format.tableSize));
		this.lower = new Grid(lower, 64, (at) => within((Math.floor(this.address / format.tableSize) * format.inTable + at) * PAGE));
		top.hidden = !this.top;
		title.textContent = this.top ? `Page-directory-pointer table, one page directory, and one page table; entries of ${format.bytes} bytes` :
			"Page directory, and one page table";
	}

	show(space, address) {
		const format = this.format;
		this.address = address ?? 0;
		const at = format.indexes(this.address);
		this.top?.draw(pointers(space, format).map((cell) => this.pointerCell(cell)), at[0]);
		this.upper.draw(directory(space, format, this.address).map((cell) => this.directoryCell(cell)), at.at(-2));
		this.lower.draw(table(space, format, this.address).map((cell) => this.tableCell(cell)), at.at(-1));
		this.caption.textContent = way(space, format, this.address);
	}

	pointerCell({start, kernel, mapping}) {
		const says = kernel ? "the kernel's page directory, which all processes share" : mapping ? "a page directory" : "a page directory, empty";
		return {colour: kernel ? KERNEL : mapping ? areaColour(mapping.area) : EMPTY, strength: 1, letter: "•", says: `${hex(start)}: ${says}`};
	}

	directoryCell({start, count, large, mapping}) {
		if (large) {
			const {colour, says} = kindOf(large.kind), last = large.frame + this.format.inTable - 1;
			return {colour, strength: 1, letter: "L", says: `${hex(start)}: a large page of ${this.format.tableSize / MIB} MiB, ` +
				`frames 0x${large.frame.toString(16)}-0x${last.toString(16)}, ${says}`};
		}
		const says = `${hex(start)}: ${count ? `a page table with ${count} entries` : mapping ? "mapped, no page table known" : "empty"}`;
		return {colour: mapping ? areaColour(mapping.area) : count ? kindOf("own").colour : EMPTY, strength: count ? 1 : mapping ? FAINT : 1,
			letter: count ? "•" : "", says};
	}

	tableCell({start, page, mapping, large}) {
		if (page) {
			const {colour, letter, says} = kindOf(page.kind);
			return {colour, letter: large ? "" : letter, strength: large ? FAINT : 1,
				says: `${hex(start)}: frame 0x${page.frame.toString(16)}, ${large ? "part of a large page, no entry of its own" : says}`};
		}
		return {colour: mapping ? areaColour(mapping.area) : EMPTY, strength: mapping ? FAINT : 1, letter: "",
			says: `${hex(start)}: ${mapping ? `no entry; ${mapping.area}` : "nothing is mapped"}`};
	}
}
