/*
 * The page: reads the trace that stands in it, and shows one step of it at a time.
 */
import {AddressMap} from "./addressmap.mjs";
import {KINDS, Owners, STEPS, stepKind} from "./colours.mjs";
import {Frames} from "./frames.mjs";
import {History, Space, hex, seek} from "./model.mjs";
import {PageTables} from "./pagetables.mjs";
import {Timeline} from "./timeline.mjs";

const JUMP = 10, PLAY_MS = 600, AROUND = 200; // steps in the list on each side

function element(tag, attributes, ...children) {
	const made = Object.assign(document.createElement(tag), attributes);
	made.append(...children);
	return made;
}

class Viewer {
	constructor(trace) {
		this.steps = trace.steps;
		this.history = new History(this.steps);
		this.n = 1;
		this.chosen = null; // an address that was clicked
		this.watched = null; // the number of the address space that is shown, or null: the step's
		this.timer = null;
		const by = (id) => document.getElementById(id);
		const choose = (address) => this.choose(address);
		this.parts = {explanation: by("explanation"), where: by("where"), list: by("steps"), maps: by("maps"), range: by("range"), play: by("play"), who: by("who")};
		this.map = new AddressMap(by("map"), choose);
		const canvases = ["pointers", "directory", "table"].map(by);
		this.tables = new PageTables(trace.about.levels, canvases, by("tables-title"), by("tables-caption"), choose);
		this.frames = new Frames(by("frames"), by("frames-caption"), by("frames-key"), new Owners(), (space, address) => {
			this.watched = space.number;
			this.choose(address);
		});
		this.timeline = new Timeline(by("timeline"), this.steps, (n) => this.go(n));
		this.parts.who.addEventListener("change", () => {
			this.watched = this.parts.who.value === "" ? null : +this.parts.who.value;
			this.choose(null);
		});
		this.parts.range.max = this.steps.length;
		this.parts.range.addEventListener("input", () => this.go(+this.parts.range.value));
		by("about").textContent = `${trace.about.command || "a trace"} on ${trace.about.kernel}` +
			(trace.about.lost ? ` (${trace.about.lost} records were lost)` : "");
		this.legend(by("legend"));
		this.commands();
	}

	commands() {
		const fault = (step) => step.kind === "fault";
		const jump = (by) => () => this.go(this.n + by);
		const next = (direction) => () => this.go(seek(this.steps, this.n, direction, fault));
		const commands = {
			first: [jump(-Infinity), "Home"], back: [jump(-1), "ArrowLeft"], forward: [jump(1), "ArrowRight"], last: [jump(Infinity), "End"],
			"fault-back": [next(-1), "F"], "fault-forward": [next(1), "f"], play: [() => this.play(), " "],
			larger: [() => this.map.scale(0.5), "+"], smaller: [() => this.map.scale(2), "-"], all: [() => this.map.look(null), "0"],
			follow: [() => this.map.follow(), "m"],
			"ten-back": [jump(-JUMP), "PageUp"], "ten-forward": [jump(JUMP), "PageDown"],
		};
		const keys = new Map();
		for (const [id, [command, key]] of Object.entries(commands)) {
			keys.set(key, command);
			const button = document.getElementById(id);
			if (button) {
				button.addEventListener("click", command);
				button.title += ` (key: ${key === " " ? "space" : key})`;
			}
		}
		document.addEventListener("keydown", (event) => {
			if (event.target.tagName === "SELECT" || event.ctrlKey || event.altKey || event.metaKey || !keys.has(event.key) || (event.key === " " && event.target.tagName === "BUTTON"))
				return;
			event.preventDefault();
			keys.get(event.key)();
		});
		addEventListener("resize", () => this.draw());
		addEventListener("hashchange", () => this.goToHash());
	}

	legend(root) {
		for (const {colour, letter, says} of Object.values(KINDS))
			root.append(element("span", {className: "key"}, swatch(colour, letter), says));
		root.append(element("br"));
		for (const {colour, says} of Object.values(STEPS))
			root.append(element("span", {className: "key"}, swatch(colour, ""), says));
	}

	/* ---- where we are ---- */

	step() {
		return this.steps[this.n - 1];
	}

	/* The address that is looked at: the one that was clicked, or the last one that a step in this address space was about. */
	address() {
		if (this.chosen !== null)
			return this.chosen;
		const shown = this.shown();
		const last = seek(this.steps, this.n + 1, -1, (step) => step.space === shown && step.place !== undefined);
		return this.steps[last - 1]?.place ?? null;
	}

	/* The number of the address space that is shown. */
	shown() {
		return this.watched ?? this.step().space;
	}

	space() {
		return this.history.at(this.n).spaces.get(this.shown()) ?? new Space(this.shown());
	}

	go(n) {
		this.n = Math.min(this.steps.length, Math.max(1, n));
		this.chosen = null;
		history.replaceState(null, "", `#${this.n}`);
		this.draw();
	}

	goToHash() {
		const n = +location.hash.slice(1);
		if (n)
			this.go(n);
		else
			this.draw();
	}

	choose(address) {
		this.chosen = address;
		this.draw();
	}

	play() {
		clearInterval(this.timer);
		this.timer = this.timer ? null : setInterval(() => {
			if (this.n === this.steps.length)
				this.play();
			else
				this.go(this.n + 1);
		}, PLAY_MS);
		this.parts.play.textContent = this.timer ? "Pause" : "Play";
	}

	/* ---- drawing ---- */

	draw() {
		const step = this.step(), world = this.history.at(this.n);
		this.drawChoice(world);
		const space = this.space();
		this.parts.range.value = this.n;
		this.parts.where.textContent = `step ${this.n} of ${this.steps.length}, ${(step.ns / 1e9).toFixed(6)} s, ${step.comm}-${step.pid}`;
		this.parts.explanation.replaceChildren(...this.explanation(step));
		this.map.show(space, this.address());
		this.tables.show(space, this.address());
		this.frames.show(world, step.after);
		this.timeline.show(this.n);
		this.drawMappings(space);
		this.drawList();
	}

	/* Whose address space is shown: the one of the step, or always the same one. */
	drawChoice(world) {
		const names = new Map(this.timeline.rows.map(({pid, comm}) => [pid, comm]));
		const options = [element("option", {value: ""}, "the step's")];
		for (const {number, pids} of world.spaces.values())
			options.push(element("option", {value: number}, [...pids].map((pid) => `${names.get(pid) ?? ""}-${pid}`).join(", ") || "nobody's"));
		this.parts.who.replaceChildren(...options);
		if (!world.spaces.has(this.watched))
			this.watched = null;
		this.parts.who.value = this.watched ?? "";
	}

	explanation(step) {
		const {colour, says} = stepKind(step.kind);
		const parts = [swatch(colour, ""), element("b", {}, says + ": "), step.text];
		if (step.kind === "fault")
			parts.push(element("div", {className: "more"}, `at ${hex(step.address)}; it took ${step.cycles} cycles of the processor`));
		return parts;
	}

	drawMappings(space) {
		const rows = space.mappings.map((m) => {
			let present = 0;
			for (const page of space.pages.keys())
				present += page * 4096 >= m.start && page * 4096 < m.end;
			const row = element("tr", {tabIndex: 0, title: "click: look at it"}, element("td", {}, m.line), element("td", {}, m.area),
				element("td", {}, `${present} of ${(m.end - m.start) / 4096}`));
			row.addEventListener("click", () => this.map.look(m));
			row.addEventListener("keydown", (event) => event.key === "Enter" && this.map.look(m));
			row.classList.toggle("here", this.address() >= m.start && this.address() < m.end);
			return row;
		});
		this.parts.maps.replaceChildren(...rows);
	}

	/* The steps around this one. */
	drawList() {
		const from = Math.max(1, this.n - AROUND), to = Math.min(this.steps.length, this.n + AROUND), rows = [];
		for (let at = from; at <= to; at++) {
			const step = this.steps[at - 1];
			const row = element("li", {value: at, className: step.inside ? "inside" : ""}, swatch(stepKind(step.kind).colour, ""),
				`${step.comm}-${step.pid}  ${step.address === undefined ? "" : hex(step.address) + ": "}${step.text}`);
			row.addEventListener("click", () => this.go(at));
			row.classList.toggle("here", at === this.n);
			rows.push(row);
		}
		this.parts.list.replaceChildren(...rows);
		const here = this.parts.list.querySelector(".here");
		this.parts.list.scrollTop = here.offsetTop - this.parts.list.offsetTop - this.parts.list.clientHeight / 2;
	}
}

function swatch(colour, letter) {
	const made = element("span", {className: "swatch"}, letter);
	made.style.background = colour;
	return made;
}

function start() {
	const trace = JSON.parse(document.getElementById("trace").textContent);
	if (trace.steps.length === 0) {
		document.getElementById("explanation").textContent = "This trace has no events.";
		return;
	}
	new Viewer(trace).goToHash();
}

start();
