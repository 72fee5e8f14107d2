/*
 * The modules of the trace's page (scripts/trace/), under node: the file that TRACE names holds the
 * trace of /experiments/cow, as it stands in the page.
 */
import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import test from "node:test";
import {addressAt, around, clamp, marks, pan, place, sizeOf, whole, zoom} from "../../scripts/trace/addressmap.mjs";
import {Owners, areaColour, inkOn, kindOf} from "../../scripts/trace/colours.mjs";
import {counts, framesOf} from "../../scripts/trace/frames.mjs";
import {History, PAGE, Space, TOP, World, seek} from "../../scripts/trace/model.mjs";
import {Format, directory, pointers, table, way} from "../../scripts/trace/pagetables.mjs";
import {placeOf, processes, stepAt} from "../../scripts/trace/timeline.mjs";

const {steps} = JSON.parse(readFileSync(process.env.TRACE, "utf8"));

function snapshot(world) {
	return [...world.spaces.values()].map((space) => [space.number, [...space.pids], space.mappings, [...space.pages].sort((a, b) => a[0] - b[0])]);
}

test("a state in the past is the one that was there", () => {
	const history = new History(steps), seen = [];
	for (let n = 0; n <= steps.length; n++)
		seen.push(JSON.stringify(snapshot(history.at(n))));
	for (let n = steps.length; n >= 0; n--)
		assert.equal(JSON.stringify(snapshot(history.at(n))), seen[n], `step ${n}`);
	for (const n of [3, steps.length, 1, Math.floor(steps.length / 2)])
		assert.equal(JSON.stringify(snapshot(new History(steps).at(n))), seen[n]);
});

test("mappings are in order and do not overlap", () => {
	const history = new History(steps);
	for (let n = 0; n <= steps.length; n++)
		for (const {mappings} of history.at(n).spaces.values())
			mappings.forEach((m, i) => assert.ok(m.start < m.end && (i === 0 || mappings[i - 1].end <= m.start)));
});

test("after the copy, parent and child have different frames; before, the same one", () => {
	const history = new History(steps);
	const at = steps.findIndex((s) => s.done === "copied" && s.text.includes("an anonymous mapping")) + 1;
	const step = steps[at - 1], page = Math.floor(step.address / PAGE);
	const frames = (n) => [...history.at(n).spaces.values()].map((space) => space.pages.get(page)?.frame).filter((frame) => frame !== undefined);
	assert.deepEqual(frames(at - 1), [step.before, step.before]);
	assert.deepEqual(frames(at).sort(), [step.before, step.after].sort());
	assert.ok(framesOf(history.at(at - 1)).find(({frame}) => frame === step.before).owners.length === 2);
	assert.ok(counts(framesOf(history.at(at - 1))).several > counts(framesOf(history.at(at))).several);
});

test("at the end of a process its address space is gone", () => {
	const history = new History(steps), last = steps.length;
	assert.equal(history.at(last).spaces.size, 0);
	const at = steps.findIndex((s) => s.kind === "space" && s.text.includes("is gone")) + 1;
	assert.ok(history.at(at - 1).spaces.has(steps[at - 1].space) && !history.at(at).spaces.has(steps[at - 1].space));
});

test("a mapping that reaches over an unmapped range is cut", () => {
	const space = new Space(1);
	space.put({start: 0x1000, end: 0x6000, line: "a"});
	space.empty(0x2000, 0x3000);
	assert.deepEqual(space.mappings.map((m) => [m.start, m.end]), [[0x1000, 0x2000], [0x3000, 0x6000]]);
	space.put({start: 0x1000, end: 0x4000, line: "b"});
	assert.deepEqual(space.mappings.map((m) => [m.start, m.end, m.line]), [[0x1000, 0x4000, "b"], [0x4000, 0x6000, "a"]]);
	assert.equal(space.find(0x3fff).line, "b");
	assert.equal(space.find(0x6000), null);
});

test("a process runs in one address space", () => {
	const world = new World();
	world.apply(["space", 1, 7]);
	world.apply(["space", 2, 7]);
	assert.deepEqual([[...world.space(1).pids], [...world.space(2).pids]], [[], [7]]);
});

test("the next fault, and the one before", () => {
	const fault = (s) => s.kind === "fault";
	const first = seek(steps, 0, 1, fault), second = seek(steps, first, 1, fault);
	assert.ok(first < second && fault(steps[first - 1]) && fault(steps[second - 1]));
	assert.equal(seek(steps, second, -1, fault), first);
	assert.equal(seek(steps, first, -1, fault), first);
});

const FOUR_MIB = 0x400000;

test("two levels: an address, entries and counts", () => {
	const format = new Format(2), space = new Space(1);
	assert.deepEqual(format.indexes(0xb7fda123), [735, 986]);
	space.put({start: FOUR_MIB, end: 0x402000, letters: "rw-p", area: "the heap"});
	space.pages.set(0x400, {frame: 5, kind: "own"});
	const cells = directory(space, format, 0xb7fda123);
	assert.equal(cells.length, TOP / PAGE / 1024);
	assert.deepEqual([cells[0].count, cells[1].count, cells[1].mapping.area, cells[2].mapping], [0, 1, "the heap", null]);
	const entries = table(space, format, FOUR_MIB + 0x1234);
	assert.equal(entries.length, 1024);
	assert.deepEqual([entries[0].page.frame, entries[1].page, entries[1].mapping.area, entries[2].mapping], [5, null, "the heap", null]);
	assert.equal(way(space, format, 0x400123), "00400123 = entry 1 of the page directory, entry 0 of its table, byte 291. " +
		"This table has 1 entry that the trace has told of.");
});

test("three levels: four page directories, and tables of half the size", () => {
	const format = new Format(3), space = new Space(1);
	assert.deepEqual(format.indexes(0xb7fda123), [2, 447, 474]);
	assert.deepEqual([format.bytes, format.tableSize, format.directorySize], [8, 0x200000, 0x40000000]);
	space.put({start: 0xb7fda000, end: 0xb7fdc000, letters: "rw-p", area: "the heap"});
	space.pages.set(0xb7fda, {frame: 0x123456, kind: "own"});
	assert.deepEqual(pointers(space, format).map(({kernel, mapping}) => [kernel, mapping !== null]),
		[[false, false], [false, false], [false, true], [true, false]]);
	const cells = directory(space, format, 0xb7fda123);
	assert.deepEqual([cells.length, cells[0].start, cells[446].count, cells[447].count, cells[447].mapping.area], [512, 0x80000000, 0, 1, "the heap"]);
	assert.equal(directory(space, format, 0x1000)[447].count, 0);
	const entries = table(space, format, 0xb7fda123);
	assert.deepEqual([entries.length, entries[474].page.frame, entries[475].page, entries[476].mapping], [512, 0x123456, null, null]);
	assert.match(way(space, format, 0xb7fda123),
		/^b7fda123 = entry 2 of the page-directory-pointer table, entry 447 of its page directory, entry 474 of its table, byte 291\. This table has 1 entry /);
});

for (const [levels, pages] of [[2, 1024], [3, 512]])
	test(`a large page of ${pages} small ones comes, is split, and goes`, () => {
		const format = new Format(levels), world = new World(), first = 0x40000000 / PAGE, at = () => directory(world.space(1), format, 0x40000000)[levels === 2 ? 256 : 0];
		world.apply(["large", 1, first, 0x800, "own", pages]);
		assert.deepEqual([at().large, at().count], [{frame: 0x800, kind: "own"}, 0]);
		assert.match(way(world.space(1), format, 0x40005007), new RegExp(`, which maps a large page of ${pages / 256} MiB, byte 20487\\.$`));
		assert.deepEqual(table(world.space(1), format, 0x40000000).map(({page, large}) => [page.frame, large]), Array.from({length: pages}, (_, i) => [0x800 + i, true]));
		world.apply(["nopage", 1, first + 3, 1]);
		world.apply(["split", 1, first]);
		assert.deepEqual([at().large, at().count], [null, pages - 1]);
		world.apply(["large", 1, first, 0x800, "zero", pages]);
		world.apply(["zeros", 1, first, 0x77, pages]);
		assert.deepEqual([at().large, at().count], [null, pages]);
		assert.deepEqual(table(world.space(1), format, 0x40000000).map(({page}) => page), Array.from({length: pages}, () => ({frame: 0x77, kind: "zero"})));
		world.apply(["large", 1, first, 0x800, "own", pages]);
		world.apply(["nopage", 1, first, pages]);
		assert.deepEqual([at().large, at().count, world.space(1).pages.size], [null, 0, 0]);
	});

test("the map: zooming keeps the address under the pointer, and stays within the map", () => {
	const view = zoom(whole(), 0.01, 0x80000000);
	assert.ok(Math.abs(place(view, 1000, 0x80000000) - place(whole(), 1000, 0x80000000)) < 1e-6);
	assert.equal(addressAt(whole(), 1000, 0), 0);
	assert.deepEqual(zoom(view, 1e9, 0x80000000), whole());
	assert.deepEqual(clamp({from: -10, to: TOP + 10}), whole());
	const edge = around(0xbffdf000, 0xc0000000);
	assert.ok(edge.to === TOP && edge.from < 0xbffdf000);
	assert.equal(pan(edge, 5).to, TOP);
	assert.ok(marks(edge).length <= 8 && marks(edge).every((at) => at % PAGE === 0));
	assert.deepEqual([sizeOf(4096), sizeOf(135168), sizeOf(3 * 2 ** 30)], ["4 KiB", "132 KiB", "3 GiB"]);
});

test("the time line: a place and its step", () => {
	for (const n of [1, 2, 50, 99, 100])
		assert.equal(stepAt(100, 1000, placeOf(100, 1000, n)), n);
	assert.deepEqual([stepAt(100, 1000, 0), stepAt(100, 1000, 5000)], [1, 100]);
	assert.ok(processes(steps).length >= 4);
});

test("colours: words decide, not their parts; letters can be read on them", () => {
	assert.equal(areaColour("the heap"), areaColour("the heap"));
	assert.notEqual(areaColour("the code of /bin/x"), areaColour("the data of /bin/x"));
	assert.equal(areaColour("the data of /bin/heap"), areaColour("the data of /bin/x"));
	assert.deepEqual([inkOn("#f0e442"), inkOn("#0072b2")], ["#000000", "#ffffff"]);
	const owners = new Owners();
	assert.notEqual(owners.colour(1), owners.colour(2));
	assert.equal(owners.colour(1), owners.colour(1));
	assert.equal(kindOf("zero").letter, "z");
});
