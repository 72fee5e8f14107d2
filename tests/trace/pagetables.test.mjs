/*
 * The panel of page tables (scripts/trace/pagetables.mjs), under node: TRACE names the trace of a
 * program as it stands in the page, PAGEMAP what the program read of itself before it ended.
 */
import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import test from "node:test";
import {History} from "../../scripts/trace/model.mjs";
import {Format, directory, table, way} from "../../scripts/trace/pagetables.mjs";

const {about, steps} = JSON.parse(readFileSync(process.env.TRACE, "utf8"));
const {levels, entries, large} = JSON.parse(readFileSync(process.env.PAGEMAP, "utf8"));
const format = new Format(about.levels);
const last = steps.map(({kind, text}) => kind === "process" && text === "ends").lastIndexOf(true);
const space = new History(steps).at(last).spaces.get(steps[last].space);

/* The entries that the processor goes through. */
function entriesOf(address) {
	return levels === 3 ? [address >>> 30, address >>> 21 & 511, address >>> 12 & 511] : [address >>> 22, address >>> 12 & 1023];
}

test("the page knows the number of levels", () => {
	assert.equal(about.levels, levels);
	assert.equal(format.tableSize, levels === 3 ? 2 << 20 : 4 << 20);
});

test("each entry is where the processor finds it, and has the frame that pagemap says", () => {
	for (const [address, frame] of entries) {
		const at = entriesOf(address);
		assert.deepEqual(format.indexes(address), at);
		const cell = table(space, format, address)[at.at(-1)];
		assert.deepEqual([cell.start, cell.page?.frame], [address, frame]);
		assert.ok(directory(space, format, address)[at.at(-2)].start === address - address % format.tableSize);
	}
});

test("tables have the entries that pagemap has, and large pages have none", () => {
	const counts = new Map();
	for (const [address] of entries) {
		const start = address - address % format.tableSize;
		counts.set(start, (counts.get(start) ?? 0) + 1);
	}
	assert.ok(large.length > 0 && large.every((start) => counts.has(start)));
	for (const [start, count] of counts) {
		const cell = directory(space, format, start)[format.indexes(start).at(-2)];
		assert.deepEqual([cell.large !== null, cell.count], large.includes(start) ? [true, 0] : [false, count]);
		assert.equal(way(space, format, start).includes(`maps a large page of ${format.tableSize >>> 20} MiB`), large.includes(start));
	}
});
