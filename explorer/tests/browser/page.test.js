// The page in a real browser, from a file: against what the kernel inside says of itself in the console.
// EXPLORER_PAGE: the page; EXPLORER_SHOT: where the screenshot goes.

import test, {after, before} from "node:test";
import assert from "node:assert/strict";
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {dirname, join} from "node:path";
import {fileURLToPath, pathToFileURL} from "node:url";
import {chromium} from "playwright-core";

const PAGE = pathToFileURL(process.env.EXPLORER_PAGE ?? "../build/explorer.html").href;
const SHOT = process.env.EXPLORER_SHOT ?? "../build/explorer.png";
const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const MOST_INSTRUCTIONS = 3e6; // of the emulated machine, until its first prompt
const PATIENCE = 60000; // the machine that tests may be busy

const ABI_VERSION = Number(/"version": (\d+)/.exec(readFileSync(fileURLToPath(PAGE), "utf8"))[1]);

let browser, page;
const complaints = [];

async function open(link = "") {
    page = await browser.newPage({viewport: {width: 1400, height: 1500}});
    page.setDefaultTimeout(PATIENCE);
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(PAGE + link);
    await page.waitForFunction(() => document.body.dataset.prompt).catch(explainBoot);
}

// A machine that does not get to its prompt: where it is, and what it has said.
async function explainBoot(error) {
    const [at, said, problem] = await page.evaluate(() => [window.explorer?.machine.emulator.v86.cpu.instruction_pointer[0] >>> 0, window.explorer?.terminal.text(),
        document.getElementById("error").textContent]);

    throw new Error(`${error.message} No prompt; eip 0x${at?.toString(16)}; ${problem}; console: ${said}`);
}

let commands = 0;

// Type a command; its output.
async function run(command) {
    const number = ++commands;

    await page.evaluate((text) => window.explorer.machine.type(text), `echo be""gin-${number};${command};echo en""d-${number}\r`);
    await page.waitForFunction((mark) => window.explorer.player.prompt && window.explorer.terminal.text().includes(mark), `\nend-${number}\n`);
    const text = await page.evaluate(() => window.explorer.terminal.text());
    return text.split(`\nbegin-${number}\n`).at(-1).split(`end-${number}\n`)[0].trim();
}

function data(selector, key) {
    return page.$$eval(selector, (elements, name) => elements.map((element) => element.dataset[name]), key);
}

const step = (number) => page.waitForFunction((wanted) => document.body.dataset.step === String(wanted), number);
const words = (line) => line.trim().split(/\s+/).join(" ");

before(async () => {
    browser = await chromium.launch({executablePath: BROWSERS.find(existsSync), args: ["--no-sandbox"]});
});

after(async () => {
    await browser?.close();
});

test("the page boots, and shows of a process what /proc says", {timeout: 4 * PATIENCE}, async () => {
    await open();
    const pid = Number((await run("sleep 1000 & echo $!")).split("\n").at(-1));

    await page.evaluate((number) => window.explorer.choose(number), pid);
    const maps = (await run(`cat /proc/${pid}/maps`)).split("\n").map(words);
    assert.ok(maps.length > 5);
    assert.deepEqual((await data("#vmas tbody tr", "line")).map(words), maps);
    await compareFrames(pid, maps);
    assert.equal((await run(`grep -c . /proc/${pid}/maps`)).trim(), String(maps.length));
    assert.ok(Number(await page.evaluate(() => document.body.dataset.instructions)) < MOST_INSTRUCTIONS);
    const counts = (await data("#legend li[data-count]", "count")).map(Number);
    assert.equal(counts.reduce((a, b) => a + b), await page.evaluate(() => window.explorer.machine.kernel().frameCount()));
    await page.screenshot({path: SHOT});
    assert.deepEqual(complaints, []);
});

// The page tables that were walked, against 64-bit words of pagemap.
async function compareFrames(pid, maps) {
    const [frames, addresses] = [await data("#entries tbody tr", "frame"), await data("#entries tbody tr", "address")];
    const shown = new Map(addresses.map((address, i) => [address, Number(frames[i])]));
    let present = 0;

    for (const line of maps) {
        const [start, end] = line.split(" ")[0].split("-").map((word) => parseInt(word, 16) / 4096);

        if (/\[v/.test(line))
            continue;
        const out = await run(`dd if=/proc/${pid}/pagemap bs=8 skip=${start} count=${end - start} 2>/dev/null | od -An -v -tx8`);
        out.split(/\s+/).filter(Boolean).forEach((word, i) => {
            const entry = BigInt("0x" + word);
            const address = ((start + i) * 4096).toString(16).padStart(8, "0");
            const frame = entry >> 63n ? Number(entry & ((1n << 55n) - 1n)) : undefined;

            assert.equal(shown.get(address), frame, `the frame at ${address}`);
            present += frame !== undefined;
        });
    }
    assert.ok(present > 10);
}

test("a lesson goes forwards and back, also by a link and by keys", {timeout: 4 * PATIENCE}, async () => {
    await page.close();
    await open("#lesson=cow&step=2");
    await step(2);
    const second = await page.textContent("#sentence");
    assert.match(second, /copy-on-write: frame 0x[0-9a-f]+ has other users, so it was copied to frame 0x[0-9a-f]+/);
    await page.click("#previous");
    await step(1);
    assert.match(await page.textContent("#sentence"), /^First write to a page of .*: a page of zeros was taken, frame 0x/);
    assert.equal(await page.evaluate(() => document.body.dataset.state), "past");
    await page.keyboard.press("Escape");
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("n");
    await step(2);
    assert.equal(await page.textContent("#sentence"), second);
    // the frame of the record is the one that the page table now holds
    const [, after] = /copied to frame 0x([0-9a-f]+)/.exec(second);
    assert.equal(await page.getAttribute("#entries tr.chosen", "data-frame"), String(parseInt(after, 16)));
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => document.body.dataset.step === "" && document.body.dataset.state === "stands");
    await page.keyboard.press("ArrowLeft");
    await step(2);
    assert.deepEqual(complaints, []);
});

test("Back goes as far as moments are kept, and says so; the time line names its colours", {timeout: 4 * PATIENCE}, async () => {
    await page.evaluate(() => { window.explorer.lesson("fork", 0); });
    await step(1);
    await page.click("#step");
    await page.waitForFunction(() => document.body.dataset.step === "" && document.body.dataset.state === "stands");
    await page.click("#back");
    await step(1);
    assert.match(await page.textContent("#state"), /stands; this is the first moment that was seen/);
    assert.equal(await page.isDisabled("#back"), true);
    await page.evaluate(() => {
        const {player} = window.explorer;

        for (let i = 0; i < 600; i++)
            player.keep(player.history.at(-1));
        player.at = 0;
        window.explorer.draw();
    });
    assert.match(await page.textContent("#state"), /as far back as it goes: 500 moments are kept/);
    const named = (await data("#time-legend li", "events")).flatMap((events) => events.split(" "));
    const seen = await page.evaluate(() => [...new Set(window.explorer.records.map((record) => record.event))]);
    assert.deepEqual(seen.filter((event) => !named.includes(event)), []);
});

test("memory calls stand there as strace prints them", {timeout: 4 * PATIENCE}, async () => {
    await page.evaluate(() => { window.explorer.player.lesson = null; window.explorer.player.play(); });
    await page.waitForFunction(() => window.explorer.player.prompt);
    await run("/experiments/zeropage >/tmp/out");
    const sentences = await page.evaluate(() => window.explorer.records.map((record) => record.sentence));
    const length = sentences.findIndex((one) => /^mmap\(NULL, 16384, PROT_READ\|PROT_WRITE, MAP_PRIVATE\|MAP_ANONYMOUS, -1, 0\) = 0xb[0-9a-f]{7}\.$/.test(one));
    assert.ok(length >= 0, sentences.filter((one) => one.startsWith("mmap")).join("\n"));
});

test("every lesson reaches its last step", {timeout: 10 * PATIENCE}, async () => {
    const lessons = await page.$$eval("#lesson option", (options) => options.map((option) => option.value).filter(Boolean));

    assert.ok(lessons.length >= 8);
    for (const id of lessons) {
        await page.evaluate(() => {
            window.explorer.player.lesson = null;
            window.explorer.player.play();
        });
        await page.waitForFunction(() => window.explorer.player.prompt);
        const steps = await page.evaluate((name) => { window.explorer.lesson(name, 0); return window.explorer.player.lesson.steps.length; }, id);

        for (let i = 1; i <= steps; i++) {
            await page.waitForFunction((wanted) => document.body.dataset.step === wanted || window.explorer.player.prompt && !window.explorer.player.waiting, String(i));
            assert.equal(await page.evaluate(() => document.body.dataset.step), String(i), `${id}: step ${i}`);
            await page.evaluate(() => window.explorer.player.next());
        }
    }
    assert.deepEqual(complaints, []);
});

test("a small screen shows everything below one another", {timeout: PATIENCE}, async () => {
    await page.setViewportSize({width: 390, height: 800});
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
});

// The page with a text in it replaced, as a file beside it.
function changed(name, from, to) {
    const html = readFileSync(fileURLToPath(PAGE), "utf8");
    const path = join(mkdtempSync(join(tmpdir(), "explorer-")), name);

    assert.ok(html.includes(from), from);
    writeFileSync(path, html.replace(from, to));
    return path;
}

// What a page that cannot work says.
async function complaint(url, prepare = async () => {}) {
    const other = await browser.newPage();

    other.setDefaultTimeout(PATIENCE);
    await prepare(other);
    await other.goto(url);
    await other.waitForSelector("#error:not([hidden])");
    const text = await other.textContent("#error");
    await other.close();
    return text;
}

test("bad input gets a sentence", {timeout: 6 * PATIENCE}, async () => {
    assert.match(await complaint(PAGE, (other) => other.addInitScript(() => { delete window.WebAssembly; })), /no WebAssembly/);
    const trace = changed("trace.html", `"version": ${ABI_VERSION}`, '"version": 77');
    assert.match(await complaint(pathToFileURL(trace).href), new RegExp(`kernel sends version ${ABI_VERSION} of the trace; the page knows version 77`));
    const image = changed("image.html", "const PUBLISHED_VERSION = 1;", "const PUBLISHED_VERSION = 77;");
    assert.match(await complaint(pathToFileURL(image).href), /kernel publishes version 1 of its layout; the page knows version 77/);
    assert.match(await complaint(`${PAGE}#lesson=nothing`), /There is no lesson "nothing"/);
    for (const path of [trace, image])
        rmSync(dirname(path), {recursive: true});
});

test("the power goes off", {timeout: 4 * PATIENCE}, async () => {
    await page.close();
    await open();
    await page.evaluate(() => window.explorer.machine.type("poweroff\r"));
    await page.waitForFunction(() => /The power is off/.test(document.getElementById("state").textContent));
    assert.match(await page.evaluate(() => window.explorer.terminal.text()), /Power down|poweroff/);
    assert.deepEqual(complaints, []);
});
