/*
 * The time line: one row for each process, a stroke for each step, and the place where we are.
 */
import {stepKind} from "./colours.mjs";

const ROW = 20, LEFT = 90, BAR = 4;

/* The processes in the order in which they come: {pid, comm}; the last name counts. */
export function processes(steps) {
	const found = new Map();
	for (const {group, comm} of steps)
		found.set(group, comm);
	return [...found].map(([pid, comm]) => ({pid, comm}));
}

/* Which step is at a place of the line: each takes the same room, for time has gaps that show nothing. */
export function stepAt(count, width, x) {
	return Math.min(count, Math.max(1, Math.ceil((x - LEFT) / (width - LEFT) * count)));
}

export function placeOf(count, width, n) {
	return LEFT + (n - 0.5) / count * (width - LEFT);
}

/* The panel. chosen(n): go to step n. */
export class Timeline {
	constructor(canvas, steps, chosen) {
		this.canvas = canvas;
		this.steps = steps;
		this.rows = processes(steps);
		this.place = new Map(this.rows.map(({pid}, at) => [pid, at]));
		canvas.style.height = `${Math.max(1, this.rows.length) * ROW}px`;
		const go = (event) => chosen(stepAt(steps.length, canvas.clientWidth, event.offsetX));
		canvas.addEventListener("pointerdown", (event) => {
			canvas.setPointerCapture(event.pointerId);
			go(event);
		});
		canvas.addEventListener("pointermove", (event) => event.buttons & 1 && go(event));
	}

	show(n) {
		const ratio = globalThis.devicePixelRatio || 1, width = this.canvas.clientWidth, height = this.canvas.clientHeight;
		this.canvas.width = width * ratio;
		this.canvas.height = height * ratio;
		const g = this.canvas.getContext("2d");
		g.scale(ratio, ratio);
		g.font = "12px monospace";
		this.rows.forEach(({pid, comm}, at) => {
			g.fillStyle = at % 2 ? "#ffffff" : "#f4f4f4";
			g.fillRect(0, at * ROW, width, ROW);
			g.fillStyle = "#000000";
			g.fillText(`${comm}-${pid}`.slice(-12), 2, at * ROW + 14);
		});
		const stroke = Math.max(1, Math.min(BAR, (width - LEFT) / this.steps.length - 1));
		this.steps.forEach((step, at) => {
			g.fillStyle = stepKind(step.kind).colour;
			g.fillRect(placeOf(this.steps.length, width, at + 1) - stroke / 2, this.place.get(step.group) * ROW + 3, stroke, ROW - 6);
		});
		g.fillStyle = "#000000";
		g.fillRect(placeOf(this.steps.length, width, n) - 1, 0, 2, height);
	}
}
