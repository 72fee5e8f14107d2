/*
 * The frames that the address spaces have, coloured by owner. A frame of several owners is divided
 * among them, and shows how many there are.
 */
import {hex, PAGE} from "./model.mjs";
import {inkOn, kindOf} from "./colours.mjs";

const CELL = 26, MOST = 4096; // frames that are drawn

/* The frames in order: {frame, owners, kind}. */
export function framesOf(world) {
	return [...world.frames()].map(([frame, owners]) => ({frame, owners, kind: owners[0].kind})).sort((a, b) => a.frame - b.frame);
}

/* How many frames have one owner, and how many have several. */
export function counts(frames) {
	const several = frames.filter(({owners}) => new Set(owners.map(({space}) => space)).size > 1).length;
	return {all: frames.length, several};
}

/* The panel. chosen(space, address): what was clicked. */
export class Frames {
	constructor(canvas, caption, key, colours, chosen) {
		this.canvas = canvas;
		this.caption = caption;
		this.key = key;
		this.colours = colours;
		this.frames = [];
		canvas.addEventListener("click", (event) => {
			const found = this.frames[this.at(event)];
			if (found)
				chosen(found.owners[0].space, found.owners[0].page * PAGE);
		});
		canvas.addEventListener("pointermove", (event) => {
			const found = this.frames[this.at(event)];
			canvas.title = found ? this.says(found) : "";
		});
	}

	at(event) {
		return Math.floor(event.offsetY / CELL) * this.columns + Math.floor(event.offsetX / CELL);
	}

	says({frame, owners, kind}) {
		const lines = owners.slice(0, 8).map(({space, page}) => `process ${[...space.pids].join(", ")} at ${hex(page * PAGE)}`);
		return [`frame 0x${frame.toString(16)}: ${kindOf(kind).says}`, ...lines].join("\n");
	}

	show(world, marked) {
		const all = framesOf(world), {several} = counts(all), ratio = globalThis.devicePixelRatio || 1;
		this.frames = all.slice(0, MOST);
		this.columns = Math.max(1, Math.floor(this.canvas.clientWidth / CELL));
		const height = Math.max(1, Math.ceil(this.frames.length / this.columns)) * CELL;
		this.canvas.style.height = `${height}px`;
		this.canvas.width = this.canvas.clientWidth * ratio;
		this.canvas.height = height * ratio;
		const g = this.canvas.getContext("2d");
		g.scale(ratio, ratio);
		g.font = "11px monospace";
		this.frames.forEach((found, at) => this.drawFrame(g, found, at, found.frame === marked));
		this.caption.textContent = `${all.length} frames, ${several} of them in several address spaces` +
			(all.length > MOST ? `; the first ${MOST} are drawn` : "");
		this.showKey(world);
	}

	/* Which colour is whose. */
	showKey(world) {
		const parts = [...world.spaces.values()].filter(({pages}) => pages.size).map(({number, pids}) => {
			const part = document.createElement("span"), swatch = document.createElement("span");
			swatch.className = "swatch";
			swatch.style.background = this.colours.colour(number);
			part.className = "key";
			part.append(swatch, pids.size ? `process ${[...pids].join(", ")}` : "no process yet, or any more");
			return part;
		});
		this.key.replaceChildren(...parts);
	}

	drawFrame(g, {frame, owners, kind}, at, marked) {
		const x = at % this.columns * CELL, y = Math.floor(at / this.columns) * CELL;
		const spaces = [...new Set(owners.map(({space}) => space.number))];
		spaces.forEach((space, i) => {
			g.fillStyle = this.colours.colour(space);
			g.fillRect(x, y + (CELL - 2) * i / spaces.length, CELL - 2, (CELL - 2) / spaces.length);
		});
		g.fillStyle = inkOn(this.colours.colour(spaces[0]));
		g.fillText(kindOf(kind).letter + (spaces.length > 1 ? spaces.length : ""), x + 4, y + 15);
		if (marked) {
			g.strokeStyle = "#000000";
			g.lineWidth = 3;
			g.strokeRect(x + 1, y + 1, CELL - 4, CELL - 4);
		}
	}
}
