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
import {ENTRIES, History, PAGE, Space, TOP, World, seek} from "../../scripts/trace/model.mjs";
import {directory, indexes, table} from "../../scripts/trace/pagetables.mjs";
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

test("page tables: indexes, counts, entries", () => {
	assert.deepEqual(indexes(0xb7fda123), {directory: 735, table: 986});
	const space = new Space(1);
	space.put({start: 0x400000, end: 0x402000, letters: "rw-p", area: "the heap"});
	space.pages.set(0x400, {frame: 5, kind: "own"});
	const cells = directory(space);
	assert.equal(cells.length, TOP / PAGE / ENTRIES);
	assert.deepEqual([cells[0].count, cells[1].count, cells[1].mapping.area, cells[2].mapping], [0, 1, "the heap", null]);
	const entries = table(space, 1);
	assert.deepEqual([entries[0].page.frame, entries[1].page, entries[1].mapping.area, entries[2].mapping], [5, null, "the heap", null]);
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
