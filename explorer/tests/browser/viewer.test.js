// The page that `mapix trace --html` makes, in a real browser. VIEWER_PAGE: the trace of /experiments/cow.

import test, {after, before} from "node:test";
import assert from "node:assert/strict";
import {existsSync} from "node:fs";
import {pathToFileURL} from "node:url";
import {chromium} from "playwright-core";

const PAGE = pathToFileURL(process.env.VIEWER_PAGE ?? "../build/explorer/cow.html").href;
const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const PATIENCE = 60000;

let browser, page, steps;
const complaints = [];
const number = async () => Number(/^step (\d+) of/.exec(await page.textContent("#where"))[1]);
const text = () => page.textContent("#explanation");

before(async () => {
    browser = await chromium.launch({executablePath: BROWSERS.find(existsSync), args: ["--no-sandbox"]});
    page = await browser.newPage({viewport: {width: 1200, height: 1000}});
    page.setDefaultTimeout(PATIENCE);
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => request.url().startsWith("file:") || complaints.push(request.url()));
    await page.goto(PAGE);
    steps = JSON.parse(await page.textContent("#trace")).steps;
});

after(async () => {
    await browser?.close();
});

test("buttons and keys go through the steps, forwards and back", {timeout: PATIENCE}, async () => {
    assert.equal(await number(), 1);
    for (const [key, wanted] of [["ArrowRight", 2], ["ArrowRight", 3], ["ArrowLeft", 2], ["End", steps.length], ["Home", 1]]) {
        await page.keyboard.press(key);
        assert.equal(await number(), wanted);
        assert.ok((await text()).includes(steps[wanted - 1].text));
    }
    await page.click("#fault-forward");
    assert.equal(await number(), steps.findIndex((step) => step.kind === "fault") + 1);
});

test("the copy is explained, and the frame that it names is marked for its owner", {timeout: PATIENCE}, async () => {
    const copied = steps.findIndex((step) => step.done === "copied" && /anonymous mapping/.test(step.text)) + 1;

    await page.evaluate((n) => { location.hash = `#${n}`; }, copied);
    await page.waitForFunction((n) => document.getElementById("where").textContent.startsWith(`step ${n} `), copied);
    assert.match(await text(), /others use the page too, so it was copied, frame 0x[0-9a-f]+ to frame 0x[0-9a-f]+/);
    const caption = await page.textContent("#tables-caption");
    assert.match(caption, new RegExp(`^${steps[copied - 1].address.toString(16).padStart(8, "0")} = entry \\d+ of the page directory`));
    const here = await page.textContent("#maps tr.here td");
    const [start, end] = here.split(" ")[0].split("-").map((word) => parseInt(word, 16));
    assert.ok(start <= steps[copied - 1].address && steps[copied - 1].address < end);
    assert.match(await page.textContent("#frames-key"), /process \d+.*process \d+/);
});

test("the pages around a fault are in the page table", {timeout: PATIENCE}, async () => {
    const around = steps.findIndex((step) => step.kind === "entry" && /code of/.test(step.text)) + 1;
    const count = async () => Number(/has (\d+) entr/.exec(await page.textContent("#tables-caption"))[1]);

    await page.evaluate((n) => { location.hash = `#${n - 1}`; }, around);
    await page.waitForFunction((n) => document.getElementById("where").textContent.startsWith(`step ${n} `), around - 1);
    const before_ = await count();
    await page.keyboard.press("ArrowRight");
    assert.equal(await count() - before_, Number(/^(\d+) pages/.exec(steps[around - 1].text)[1]));
});

test("a small screen shows it, and nothing was asked of a network or complained of", {timeout: PATIENCE}, async () => {
    await page.setViewportSize({width: 390, height: 800});
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
    assert.deepEqual(complaints, []);
});
