/*
 * The two levels of page tables: the page directory with an entry for each 4 MiB, and the page table
 * behind the entry that is chosen, with one for each 4 KiB.
 */
import {ENTRIES, PAGE, TOP, hex} from "./model.mjs";
import {areaColour, kindOf} from "./colours.mjs";

const USER = TOP / PAGE / ENTRIES; // entries of the directory for user space

/* The entry of the directory and the entry of the table that an address goes through. */
export function indexes(address) {
	const page = Math.floor(address / PAGE);
	return {directory: Math.floor(page / ENTRIES), table: page % ENTRIES};
}

/* What each entry of the directory shows: the number of entries in its table, and whether something is mapped there. */
export function directory(space) {
	const counts = space.tables(), cells = [];
	for (let at = 0; at < USER; at++) {
		const start = at * ENTRIES * PAGE, end = start + ENTRIES * PAGE;
		const mapping = space.mappings.find((m) => m.start < end && m.end > start) ?? null;
		cells.push({start, count: counts.get(at) ?? 0, mapping});
	}
	return cells;
}

/* What each entry of one table shows: the page, or the mapping that would allow one, or neither. */
export function table(space, at) {
	const cells = [], first = at * ENTRIES;
	const inside = space.mappings.filter((m) => m.start < (first + ENTRIES) * PAGE && m.end > first * PAGE);
	for (let page = first; page < first + ENTRIES; page++) {
		const mapping = inside.find((m) => m.start <= page * PAGE && page * PAGE < m.end) ?? null;
		cells.push({start: page * PAGE, page: space.pages.get(page) ?? null, mapping});
	}
	return cells;
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

const EMPTY = "#eeeeee", FAINT = 0.25;

/* The panel: two canvases, and a line of text. chosen(address): what was clicked. */
export class PageTables {
	constructor(upper, lower, caption, chosen) {
		this.caption = caption;
		this.upper = new Grid(upper, 64, (at) => chosen(at * ENTRIES * PAGE));
		this.lower = new Grid(lower, 64, (at) => chosen((this.first + at) * PAGE));
		this.first = 0;
	}

	show(space, address) {
		const at = indexes(address ?? 0);
		this.first = at.directory * ENTRIES;
		this.upper.draw(directory(space).map((cell) => this.directoryCell(cell)), at.directory);
		this.lower.draw(table(space, at.directory).map((cell) => this.tableCell(cell)), at.table);
		const count = space.tables().get(at.directory) ?? 0;
		this.caption.textContent = `${hex(address ?? 0)} = entry ${at.directory} of the page directory, entry ${at.table} of its table, ` +
			`byte ${(address ?? 0) % PAGE}. This table has ${count} ${count === 1 ? "entry" : "entries"} that the trace has told of.`;
	}

	directoryCell({start, count, mapping}) {
		const says = `${hex(start)}: ${count ? `a page table with ${count} entries` : mapping ? "mapped, no page table known" : "empty"}`;
		return {colour: mapping ? areaColour(mapping.area) : count ? kindOf("own").colour : EMPTY, strength: count ? 1 : mapping ? FAINT : 1,
			letter: count ? "•" : "", says};
	}

	tableCell({start, page, mapping}) {
		if (page) {
			const {colour, letter, says} = kindOf(page.kind);
			return {colour, letter, strength: 1, says: `${hex(start)}: frame 0x${page.frame.toString(16)}, ${says}`};
		}
		return {colour: mapping ? areaColour(mapping.area) : EMPTY, strength: mapping ? FAINT : 1, letter: "",
			says: `${hex(start)}: ${mapping ? `no entry; ${mapping.area}` : "nothing is mapped"}`};
	}
}
