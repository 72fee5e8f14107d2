/*
 * Colours that can be told apart by people who see few of them: the palette of Okabe and Ito. No
 * colour stands alone: a letter or a word goes with it.
 */
const BLACK = "#000000", ORANGE = "#e69f00", SKY = "#56b4e9", GREEN = "#009e73", YELLOW = "#f0e442", BLUE = "#0072b2",
	RED = "#d55e00", PURPLE = "#cc79a7", GREY = "#999999";

export const KINDS = {
	own: {colour: ORANGE, letter: "o", says: "a page of its own"},
	file: {colour: SKY, letter: "f", says: "the file's page, not writable"},
	shared: {colour: GREEN, letter: "s", says: "the file's page, shared and writable"},
	zero: {colour: GREY, letter: "z", says: "the page of zeros"},
	device: {colour: PURPLE, letter: "d", says: "a device's frame"},
};

export const STEPS = {
	call: {colour: BLUE, says: "call"},
	vma: {colour: GREEN, says: "mapping"},
	fault: {colour: RED, says: "fault"},
	zap: {colour: GREY, says: "pages go"},
	entry: {colour: YELLOW, says: "pages come with others"},
	copy: {colour: ORANGE, says: "copy"},
	page: {colour: SKY, says: "disk"},
	space: {colour: PURPLE, says: "address space"},
	process: {colour: BLACK, says: "process"},
	lost: {colour: BLACK, says: "records lost"},
	event: {colour: YELLOW, says: "other event"},
};

const AREAS = [["heap", ORANGE], ["stack", RED], ["code", BLUE], ["shared", GREEN], ["constants", SKY], ["data", SKY],
	[".bss", SKY], ["vdso", PURPLE]];
const OWNERS = [ORANGE, SKY, GREEN, YELLOW, BLUE, RED, PURPLE, GREY];

export function kindOf(name) {
	return KINDS[name] ?? KINDS.file;
}

export function stepKind(name) {
	return STEPS[name] ?? STEPS.event;
}

/* The colour of a mapping, by what it is. */
export function areaColour(area) {
	const words = area.split(" ");
	return AREAS.find(([word]) => words.includes(word))?.[1] ?? YELLOW;
}

/* Processes get colours in the order in which they come. */
export class Owners {
	constructor() {
		this.places = new Map();
	}

	colour(space) {
		if (!this.places.has(space))
			this.places.set(space, this.places.size);
		return OWNERS[this.places.get(space) % OWNERS.length];
	}
}

/* Dark letters on light colours, light ones on dark colours. */
export function inkOn(colour) {
	const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
	return 0.3 * r + 0.6 * g + 0.1 * b > 140 ? "#000000" : "#ffffff";
}
