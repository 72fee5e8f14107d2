// The page: starts the machine and connects panels, buttons, keys and links.

import {Terminal, bytesOfKey} from "./terminal.js";
import {Machine} from "./machine.js";
import {Player} from "./player.js";
import {LESSONS} from "./lessons.js";
import {takePicture, faultedMapping} from "./picture.js";
import {explain} from "./explain.js";
import {Calls} from "./calls.js";
import {drawConsole, drawProcesses, drawSpace, drawMappings, drawTables, drawFrames, drawTree, drawTime, describeFrame, element, byId, FRAMES_WIDE} from "./panels.js";

const RECORDS = 400;
const REFRESH_MS = 500;
const SPACE_END = 0xc0000000;

function fail(error) {
    byId("error").hidden = false;
    byId("error").textContent = error.message ?? String(error);
}

// The bytes of a part that is packed into the page.
async function part(id) {
    const text = byId(id).textContent.trim();
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));

    return new Response(stream).arrayBuffer();
}

class Page {
    constructor(machine, calls) {
        this.machine = machine;
        this.calls = new Calls(calls);
        this.terminal = new Terminal();
        this.player = new Player(machine, LESSONS, () => this.draw());
        this.records = [];
        this.total = 0;
        this.view = {start: 0, end: SPACE_END};
        this.slot = null;
        this.started = performance.now();
        this.off = false;
        machine.onText = (character) => this.text(character);
        machine.onEvent = (record) => this.event(record);
        machine.onError = (error) => fail(error);
        machine.onStop = () => { this.off = true; this.draw(); };
        this.terminal.reply = (text) => machine.type(text);
    }

    text(character) {
        this.terminal.write(character);
        this.dirty = true;
        this.player.text(character);
        if (this.player.prompt && !this.firstPrompt)
            this.ready();
    }

    ready() {
        this.firstPrompt = performance.now() - this.started;
        document.body.dataset.prompt = Math.round(this.firstPrompt);
        document.body.dataset.instructions = this.machine.instructions();
        this.machine.exact = true;
        this.openLink();
    }

    event(record) {
        this.total++;
        if (record.event === "sys_enter")
            record.call = this.calls.enter(record);
        else if (record.event === "sys_exit")
            record.call = this.calls.exit(record);
        record.sentence = this.sentence(record);
        this.records.push(record);
        if (this.records.length > 2 * RECORDS)
            this.records.splice(0, RECORDS);
    }

    sentence(record) {
        const kernel = record.event === "fault" ? this.machine.kernel() : null;

        return explain(record, kernel ? faultedMapping(kernel, record) : undefined);
    }

    // ---- what is shown

    picture() {
        const kept = this.player.shown();

        if (kept && kept.pid === this.player.pid)
            return kept;
        const kernel = this.machine.kernel();

        if (!kernel)
            return null;
        this.follow(kernel.processes().filter((process) => process.mm).map((process) => process.pid));
        return takePicture(kernel, this.player.pid, kept?.record ?? null);
    }

    // As long as nobody chose one that lives, the youngest process is shown.
    follow(pids) {
        if (!this.chosen || !pids.includes(this.player.pid)) {
            this.chosen = false;
            this.player.pid = Math.max(0, ...pids);
        }
    }

    draw() {
        try {
            this.drawAll();
        } catch (error) {
            if (this.machine.running && !(error.message ?? "").includes("publish"))
                return; // a list that was just being changed; the next look comes soon
            fail(error);
        }
    }

    drawAll() {
        const picture = this.picture();

        this.drawState();
        if (!picture)
            return;
        const fault = picture.record?.event === "fault" ? picture.record.address : undefined;

        this.last = picture;
        if (!document.activeElement?.matches("#chosen-process"))
            drawProcesses(picture, (pid) => this.choose(pid));
        drawSpace(picture, this.view, fault);
        drawMappings(picture, (vma) => this.zoomTo(vma));
        drawTables(picture, this.slot, (slot) => { this.slot = this.slot === slot ? null : slot; this.draw(); });
        drawFrames(picture);
        drawTree(picture);
        drawTime(this.records.slice(-RECORDS), this.total, this.machine.reader.lost, picture.record, (record) => { byId("sentence").textContent = record.sentence; });
    }

    drawState() {
        const {player, machine} = this;
        const past = !machine.running && player.at < player.history.length - 1;
        const picture = player.shown();

        byId("pause").textContent = machine.running ? "Pause" : "Play";
        byId("state").textContent = this.off ? "The power is off: reload the page to boot again." : machine.running ? "runs" : ["stands", player.place()].filter(Boolean).join("; ");
        byId("lesson-text").textContent = player.lessonText();
        byId("sentence").textContent = picture ? picture.sentence : "";
        document.body.dataset.state = machine.running ? "runs" : past ? "past" : "stands";
        document.body.dataset.step = picture && picture.step >= 0 ? picture.step + 1 : "";
        byId("back").disabled = !machine.running && player.at <= 0;
        byId("previous").disabled = machine.running || !player.history.slice(0, Math.max(0, player.at)).some((one) => one.step >= 0);
        byId("next").disabled = machine.running || !player.lesson;
    }

    choose(pid) {
        this.player.pid = pid;
        this.chosen = true;
        this.slot = null;
        this.draw();
    }

    zoomTo(vma) {
        const around = (vma.end - vma.start) / 4;

        this.view = {start: Math.max(0, vma.start - around), end: Math.min(SPACE_END, vma.end + around)};
        this.draw();
    }

    zoom(factor, shift = 0) {
        const size = Math.min(SPACE_END, Math.max(16384, (this.view.end - this.view.start) * factor));
        const middle = (this.view.start + this.view.end) / 2 + shift * (this.view.end - this.view.start);
        const start = Math.min(Math.max(0, middle - size / 2), SPACE_END - size);

        this.view = {start, end: start + size};
        this.draw();
    }

    // ---- what one does

    lesson(id, step) {
        byId("lesson").value = id;
        if (id && !this.player.start(id, step))
            fail(new Error(`There is no lesson "${id}".`));
    }

    // #lesson=cow&step=2
    openLink() {
        const link = new URLSearchParams(location.hash.slice(1));

        if (link.get("lesson"))
            this.lesson(link.get("lesson"), Math.max(0, (parseInt(link.get("step"), 10) || 1) - 1));
    }

    pause() {
        if (this.machine.running)
            this.player.pause();
        else
            this.player.play();
    }

    connect() {
        const {player} = this;
        const click = {pause: () => this.pause(), back: () => player.back(), step: () => player.step(), previous: () => player.previous(), next: () => player.next()};

        for (const [id, action] of Object.entries(click))
            byId(id).addEventListener("click", action);
        byId("lesson").append(...LESSONS.map((lesson) => element("option", lesson.title, {value: lesson.id})));
        byId("lesson").addEventListener("change", (event) => {
            if (event.target.value)
                location.hash = `lesson=${event.target.value}`;
        });
        window.addEventListener("hashchange", () => this.openLink());
        byId("chosen-process").addEventListener("change", (event) => { this.choose(Number(event.target.value)); event.target.blur(); });
        byId("command").addEventListener("submit", (event) => {
            event.preventDefault();
            this.machine.type(byId("line").value + "\r");
            byId("line").value = "";
        });
        byId("frames").addEventListener("mousemove", (event) => this.pointed(event));
        this.connectKeys();
    }

    connectKeys() {
        byId("console").addEventListener("keydown", (event) => {
            const bytes = bytesOfKey(event);

            if (!bytes)
                return;
            event.preventDefault();
            event.stopPropagation();
            this.machine.type(bytes);
        });
        byId("console").addEventListener("paste", (event) => this.machine.type(event.clipboardData.getData("text").replace(/\n/g, "\r")));
        byId("space").addEventListener("keydown", (event) => {
            const action = {"+": [0.5], "-": [2], ArrowLeft: [1, -0.25], ArrowRight: [1, 0.25], 0: [1e9]}[event.key];

            if (action) {
                event.stopPropagation();
                event.preventDefault();
                this.zoom(...action);
            }
        });
        byId("space").addEventListener("wheel", (event) => { event.preventDefault(); this.zoom(event.deltaY < 0 ? 0.7 : 1.4); }, {passive: false});
        document.addEventListener("keydown", (event) => this.key(event));
    }

    key(event) {
        const action = {" ": () => this.pause(), ArrowRight: () => this.player.step(), ArrowLeft: () => this.player.back(),
            n: () => this.player.next(), p: () => this.player.previous()}[event.key];

        if (!action || event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input, select, button, summary"))
            return;
        event.preventDefault();
        action();
    }

    pointed(event) {
        const canvas = byId("frames");
        const frame = Math.floor((event.offsetX / canvas.clientWidth) * FRAMES_WIDE) + FRAMES_WIDE * Math.floor((event.offsetY / canvas.clientHeight) * canvas.height);
        const kernel = this.machine.kernel();

        if (kernel && this.last && frame >= 0 && frame < this.last.frames.length)
            byId("frame-text").textContent = describeFrame(kernel, this.last, frame);
    }

    live() {
        setInterval(() => {
            if (this.machine.running && !document.hidden)
                this.draw();
        }, REFRESH_MS);
        const show = () => {
            if (this.dirty)
                drawConsole(this.terminal);
            this.dirty = false;
            requestAnimationFrame(show);
        };
        requestAnimationFrame(show);
    }
}

// The clock of a browser is too coarse to measure the time stamp counter by. v86's counts this often in a millisecond.
const TSC_KHZ = 1000000;

// The page looks at the page tables itself, so it needs no records of the pages that a fault maps besides.
const EVENTS = "vma,fault,copy,zap,read,write,mm,raw_syscalls";

async function start() {
    if (typeof WebAssembly !== "object")
        throw new Error("This browser has no WebAssembly, in which the emulated machine runs. Please take a newer one.");
    if (typeof DecompressionStream !== "function")
        throw new Error("This browser cannot unpack the machine (DecompressionStream is missing). Please take a newer one.");
    const [kernel, root, wasm] = await Promise.all(["kernel", "root", "wasm"].map(part));
    const abi = JSON.parse(byId("abi").textContent);
    const machine = new Machine({kernel, root, abi, V86: window.V86, append: `root=/dev/ram0 rw console=ttyS0 norandmaps tsc_early_khz=${TSC_KHZ} trace=ttyS1 trace_events=${EVENTS}`,
        wasm: {wasm_fn: async (imports) => (await WebAssembly.instantiate(wasm, imports)).instance.exports}});
    const page = new Page(machine, JSON.parse(byId("calls").textContent));

    byId("licence").textContent = byId("licence-text").textContent;
    page.connect();
    page.live();
    window.explorer = page; // for the browser's own console, and for the test
}

start().catch(fail);
