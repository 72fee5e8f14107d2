/*
 * What is mapped where, after each step of a trace. scripts/tracemodel.py says what a step changes,
 * in plain lists; here they are applied. A state in the past is made again from the last one that
 * was kept before it.
 */
export const PAGE = 4096;
export const TOP = 0xc0000000; // the end of user space
const KEPT = 64; // states, at most

/* One address space: mappings in order, and what the page tables hold. */
export class Space {
	constructor(number) {
		this.number = number;
		this.pids = new Set();
		this.mappings = [];
		this.pages = new Map(); // page number: {frame, kind}; of a large page, each of its small ones
		this.large = new Map(); // the first page number of each large page: how many it has
		this.rss = new Map();
	}

	copy() {
		const made = new Space(this.number);
		made.pids = new Set(this.pids);
		made.mappings = [...this.mappings];
		made.pages = new Map(this.pages);
		made.large = new Map(this.large);
		made.rss = new Map(this.rss);
		return made;
	}

	/* Nothing is mapped from start to end any more. A mapping that reaches over it is cut. */
	empty(start, end) {
		const kept = [];
		for (const m of this.mappings) {
			if (m.start < start)
				kept.push(m.end > start ? {...m, end: start} : m);
			if (m.end > end)
				kept.push(m.start < end ? {...m, start: end} : m);
		}
		this.mappings = kept;
	}

	put(mapping) {
		this.empty(mapping.start, mapping.end);
		this.mappings.push(mapping);
		this.mappings.sort((a, b) => a.start - b.start);
	}

	find(address) {
		return this.mappings.find((m) => m.start <= address && address < m.end) ?? null;
	}

	/* How many entries each page table has, by its number: tables of so many entries, counted from address 0 on. */
	tables(entries) {
		const counts = new Map();
		for (const page of this.pages.keys()) {
			const table = Math.floor(page / entries);
			if (!this.large.has(table * entries))
				counts.set(table, (counts.get(table) ?? 0) + 1);
		}
		return counts;
	}

	/* One entry maps so many pages, with frames that follow each other. */
	setLarge(page, frame, kind, count) {
		for (let i = 0; i < count; i++)
			this.pages.set(page + i, {frame: frame + i, kind});
		this.large.set(page, count);
	}

	/* Instead, each of the pages has the same frame, which holds zeros. */
	setZeros(page, frame, count) {
		this.large.delete(page);
		for (let i = 0; i < count; i++)
			this.pages.set(page + i, {frame, kind: "zero"});
	}

	drop(page, count) {
		for (let i = 0; i < count; i++)
			this.pages.delete(page + i);
		if (this.large.get(page) === count)
			this.large.delete(page);
	}
}

/* All address spaces at one moment. */
export class World {
	constructor() {
		this.spaces = new Map();
	}

	copy() {
		const made = new World();
		for (const [number, space] of this.spaces)
			made.spaces.set(number, space.copy());
		return made;
	}

	space(number) {
		if (!this.spaces.has(number))
			this.spaces.set(number, new Space(number));
		return this.spaces.get(number);
	}

	apply([what, number, ...rest]) {
		if (what === "gone") {
			this.spaces.delete(number);
			return;
		}
		const space = this.space(number);
		if (what === "vma") {
			const [start, end, letters, line, area] = rest;
			space.put({start, end, letters, line, area});
		} else if (what === "unmap") {
			space.empty(...rest);
		} else if (what === "page") {
			space.pages.set(rest[0], {frame: rest[1], kind: rest[2]});
		} else if (what === "nopage") {
			space.drop(...rest);
		} else if (what === "large") {
			space.setLarge(...rest);
		} else if (what === "split") {
			space.large.delete(rest[0]);
		} else if (what === "zeros") {
			space.setZeros(...rest);
		} else if (what === "rss") {
			space.rss.set(rest[0], rest[1]);
		} else if (what === "space") {
			this.enter(space, rest[0]);
		}
	}

	/* A process runs in one address space only. */
	enter(space, pid) {
		for (const other of this.spaces.values())
			other.pids.delete(pid);
		space.pids.add(pid);
	}

	/* Who has each frame: a list of {space, page, kind} by frame number. */
	frames() {
		const owners = new Map();
		for (const space of this.spaces.values())
			for (const [page, {frame, kind}] of space.pages) {
				if (!owners.has(frame))
					owners.set(frame, []);
				owners.get(frame).push({space, page, kind});
			}
		return owners;
	}
}

/* The states between the steps: at(n) is the world after n of them. */
export class History {
	constructor(steps) {
		this.steps = steps;
		this.every = Math.max(64, Math.ceil(steps.length / KEPT));
		this.kept = [new World()];
		this.now = {world: new World(), n: 0};
	}

	at(n) {
		const last = Math.min(Math.floor(n / this.every), this.kept.length - 1);
		if (n < this.now.n || last * this.every > this.now.n)
			this.now = {world: this.kept[last].copy(), n: last * this.every};
		while (this.now.n < n)
			this.forward();
		return this.now.world;
	}

	forward() {
		for (const change of this.steps[this.now.n].changes)
			this.now.world.apply(change);
		this.now.n++;
		if (this.now.n === this.kept.length * this.every)
			this.kept.push(this.now.world.copy());
	}
}

/* The next step after n (or before, for direction -1) that `wanted` likes; n itself if there is none.
   Steps count from 1: step n is steps[n - 1]. */
export function seek(steps, n, direction, wanted) {
	for (let at = n + direction; at >= 1 && at <= steps.length; at += direction)
		if (wanted(steps[at - 1]))
			return at;
	return n;
}

export function hex(number, digits = 8) {
	return number.toString(16).padStart(digits, "0");
}
