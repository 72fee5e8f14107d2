/*
 * The map of user space, 3 GiB, to scale: a strip with all of it, and below it the part that is
 * looked at, which can be made larger and smaller.
 */
import {PAGE, TOP, hex} from "./model.mjs";
import {areaColour, inkOn, kindOf} from "./colours.mjs";

const STRIP = 26, GAP = 22, DETAIL = 110, PAGES = 24; // heights
const LEAST = 16 * PAGE; // the smallest part that is shown
const MARGIN = 1.3; // around a mapping that is looked at

/* A part of the map: from and to are addresses. */
export function whole() {
	return {from: 0, to: TOP};
}

/* Keep a part within the map, and not too small. */
export function clamp({from, to}) {
	const size = Math.min(TOP, Math.max(LEAST, to - from));
	const start = Math.min(Math.max(0, from), TOP - size);
	return {from: start, to: start + size};
}

/* Make the part smaller (factor < 1) or larger; the address `at` stays in its place. */
export function zoom(view, factor, at) {
	const size = Math.min(TOP, Math.max(LEAST, (view.to - view.from) * factor));
	const share = (at - view.from) / (view.to - view.from);
	return clamp({from: at - size * share, to: at + size * (1 - share)});
}

/* Move the part by a share of its size. */
export function pan(view, share) {
	const by = (view.to - view.from) * share;
	return clamp({from: view.from + by, to: view.to + by});
}

/* The part that shows [start, end) with some room around. */
export function around(start, end) {
	const size = Math.max(LEAST, (end - start) * MARGIN), middle = (start + end) / 2;
	return clamp({from: middle - size / 2, to: middle + size / 2});
}

/* Where an address is, of `width` pixels; and the address of a place. */
export function place(view, width, address) {
	return (address - view.from) / (view.to - view.from) * width;
}

export function addressAt(view, width, x) {
	return Math.floor(view.from + x / width * (view.to - view.from));
}

/* Round addresses for the scale: at most about eight. */
export function marks(view) {
	let step = PAGE;
	while ((view.to - view.from) / step > 8)
		step *= 2;
	const found = [];
	for (let at = Math.ceil(view.from / step) * step; at < view.to; at += step)
		found.push(at);
	return found;
}

export function sizeOf(bytes) {
	const units = [[2 ** 30, "GiB"], [2 ** 20, "MiB"], [1024, "KiB"]];
	const [unit, name] = units.find(([size]) => bytes >= size) ?? [1, "bytes"];
	return `${+(bytes / unit).toFixed(1)} ${name}`;
}

/* The panel: draws on a canvas, and calls chosen(address) for a click. */
export class AddressMap {
	constructor(canvas, chosen) {
		this.canvas = canvas;
		this.view = whole();
		this.space = null;
		this.mark = null;
		this.drag = null;
		this.follows = true; // the mapping of the mark, until somebody chooses another part
		canvas.addEventListener("wheel", (event) => this.wheel(event), {passive: false});
		canvas.addEventListener("pointerdown", (event) => this.press(event));
		canvas.addEventListener("pointermove", (event) => this.move(event));
		canvas.addEventListener("pointerup", (event) => {
			if (this.drag && !this.drag.moved)
				chosen(this.address(event));
			this.drag = null;
		});
		canvas.addEventListener("dblclick", (event) => this.look(this.space?.find(this.address(event))));
	}

	show(space, mark) {
		this.space = space;
		this.mark = mark;
		const mapping = mark === null ? null : space.find(mark);
		if (this.follows && mapping)
			this.view = around(mapping.start, mapping.end);
		this.draw();
	}

	follow() {
		this.follows = true;
		this.show(this.space, this.mark);
	}

	set(view) {
		this.follows = false;
		this.view = view;
		this.draw();
	}

	/* Look at one mapping; without one, at everything. */
	look(mapping) {
		this.set(mapping ? around(mapping.start, mapping.end) : whole());
	}

	/* The keys: + and - for the middle, or for the address that is marked. */
	scale(factor) {
		const {from, to} = this.view;
		const marked = this.mark !== null && this.mark >= from && this.mark < to;
		this.set(zoom(this.view, factor, marked ? this.mark : (from + to) / 2));
	}

	address(event) {
		const view = event.offsetY < STRIP ? whole() : this.view;
		return addressAt(view, this.canvas.clientWidth, event.offsetX);
	}

	wheel(event) {
		event.preventDefault();
		this.set(zoom(this.view, event.deltaY > 0 ? 1.25 : 0.8, addressAt(this.view, this.canvas.clientWidth, event.offsetX)));
	}

	press(event) {
		this.drag = {x: event.offsetX, view: this.view, moved: false};
		if (event.offsetY < STRIP)
			this.set(pan(around(this.address(event), this.address(event) + this.view.to - this.view.from), 0));
	}

	move(event) {
		const mapping = this.space?.find(this.address(event));
		this.canvas.title = `${hex(this.address(event))}${mapping ? `: ${mapping.area}\n${mapping.line}` : ": nothing is mapped"}`;
		if (!this.drag || event.offsetY < STRIP)
			return;
		this.drag.moved ||= Math.abs(event.offsetX - this.drag.x) > 3;
		this.set(pan(this.drag.view, (this.drag.x - event.offsetX) / this.canvas.clientWidth));
	}

	/* ---- drawing ---- */

	draw() {
		const ratio = globalThis.devicePixelRatio || 1, width = this.canvas.clientWidth, height = this.canvas.clientHeight;
		this.canvas.width = width * ratio;
		this.canvas.height = height * ratio;
		const g = this.canvas.getContext("2d");
		g.scale(ratio, ratio);
		g.font = "12px monospace";
		this.drawMappings(g, whole(), width, 0, STRIP, false);
		this.drawWindow(g, width);
		this.drawMappings(g, this.view, width, STRIP + GAP, DETAIL, true);
		this.drawPages(g, width, STRIP + GAP + DETAIL - PAGES);
		this.drawScale(g, width, STRIP + GAP + DETAIL);
		this.drawMark(g, width);
	}

	drawMappings(g, view, width, top, height, named) {
		g.fillStyle = "#f4f4f4";
		g.fillRect(0, top, width, height);
		for (const m of this.space?.mappings ?? []) {
			const x = place(view, width, m.start), w = Math.max(2, place(view, width, m.end) - x);
			if (x > width || x + w < 0)
				continue;
			const colour = areaColour(m.area);
			g.fillStyle = colour;
			g.fillRect(x, top, w, height);
			g.strokeStyle = "#ffffff";
			g.strokeRect(x, top, w, height);
			if (named)
				this.drawName(g, m, Math.max(0, x), Math.min(width, x + w), top, inkOn(colour));
		}
	}

	drawName(g, m, left, right, top, ink) {
		g.save();
		g.beginPath();
		g.rect(left, top, right - left, DETAIL);
		g.clip();
		g.fillStyle = ink;
		if (right - left > 30) {
			g.fillText(m.area, left + 4, top + 16);
			g.fillText(m.letters, left + 4, top + 32);
			g.fillText(`${hex(m.start)}-${hex(m.end)} ${sizeOf(m.end - m.start)}`, left + 4, top + 48);
		}
		g.restore();
	}

	drawWindow(g, width) {
		const left = place(whole(), width, this.view.from), right = place(whole(), width, this.view.to);
		g.strokeStyle = "#000000";
		g.strokeRect(left + 0.5, 0.5, Math.max(3, right - left - 1), STRIP - 1);
		g.beginPath();
		g.moveTo(left, STRIP);
		g.lineTo(0, STRIP + GAP);
		g.moveTo(right, STRIP);
		g.lineTo(width, STRIP + GAP);
		g.strokeStyle = "#bbbbbb";
		g.stroke();
	}

	/* The pages that have an entry, where they are large enough to be seen. */
	drawPages(g, width, top) {
		const size = Math.max(1, place(this.view, width, this.view.from + PAGE));
		for (const [page, {kind}] of this.space?.pages ?? []) {
			const x = place(this.view, width, page * PAGE);
			if (x + size < 0 || x > width)
				continue;
			const {colour, letter} = kindOf(kind);
			const border = size > 4 ? 1 : 0; // thinner ones would make patterns
			g.fillStyle = "#000000";
			g.fillRect(x, top, size, PAGES);
			g.fillStyle = colour;
			g.fillRect(x, top + 1, size - border, PAGES - 2);
			if (size > 12) {
				g.fillStyle = inkOn(colour);
				g.fillText(letter, x + size / 2 - 4, top + 16);
			}
		}
	}

	drawScale(g, width, top) {
		g.fillStyle = "#333333";
		for (const at of marks(this.view)) {
			const x = place(this.view, width, at);
			g.fillRect(x, top, 1, 5);
			g.fillText(hex(at), Math.min(x + 3, width - 60), top + 14);
		}
	}

	drawMark(g, width) {
		if (this.mark === null)
			return;
		for (const [view, top, bottom] of [[whole(), 0, STRIP], [this.view, STRIP + GAP, STRIP + GAP + DETAIL]]) {
			const x = place(view, width, this.mark);
			if (x < 0 || x > width)
				continue;
			g.fillStyle = "#000000";
			g.fillRect(x - 1, top, 2, bottom - top);
			g.beginPath();
			g.moveTo(x - 6, bottom);
			g.lineTo(x + 6, bottom);
			g.lineTo(x, bottom - 10);
			g.fill();
		}
	}
}
