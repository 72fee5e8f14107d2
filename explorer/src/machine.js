// The emulated machine: console, stream of events, and who waits for whom. While it boots, the kernel does not wait for the
// page. Once somebody may want to stop at an event, the page tells the kernel to wait after each event for a byte; the byte
// is sent at once, or, if somebody wants to look, later.

import {Memory, findPublished} from "./memory.js";
import {Kernel} from "./kernel.js";
import {TraceReader} from "./trace.js";

export const MEMORY = 64 << 20;
const GO_ON = 0x67;
const WAIT = 0x73; // from now on, after each event; not after the one at which it is sent
const TRACE_PORT = 1;

export class Machine {
    // options: kernel, root (ArrayBuffers), abi, V86, and wasm: how v86 gets its WebAssembly
    constructor({kernel, root, abi, V86, wasm, append}) {
        this.onText = () => {};
        this.onStop = () => {}; // the power is off
        this.onError = () => {};
        this.wants = () => false; // gets a record: shall the machine stop at it?
        this.onHeld = () => {};
        this.onEvent = () => {};
        this.onTyped = () => {};
        this.running = true;
        this.exact = false; // shall the kernel wait after each event?
        this.waits = false; // it does
        this.owed = false; // it waits for a byte now
        this.numbers = null;
        this.reader = new TraceReader(abi, (record) => this.event(record));
        this.emulator = new V86({...wasm, memory_size: MEMORY, vga_memory_size: 1 << 20, multiboot: {buffer: kernel}, initrd: {buffer: root},
            cmdline: append, uart1: true, autostart: true, disable_keyboard: true, disable_mouse: true, disable_speaker: true});
        this.emulator.add_listener("serial0-output-byte", (byte) => this.onText(String.fromCharCode(byte)));
        this.emulator.add_listener("serial1-output-byte", (byte) => this.traced(byte));
        this.emulator.add_listener("cpu-event-halt", () => this.onStop());
    }

    traced(byte) {
        try {
            this.reader.push(byte);
        } catch (error) {
            this.onError(error);
        }
    }

    event(record) {
        this.onEvent(record);
        if (!this.waits) {
            this.waits = this.exact;
            if (this.waits)
                this.send(WAIT);
            return;
        }
        this.owed = true;
        if (this.wants(record)) {
            this.halt();
            this.onHeld(record);
        } else {
            this.answer();
        }
    }

    send(byte) {
        this.emulator.serial_send_bytes(TRACE_PORT, new Uint8Array([byte]));
    }

    answer() {
        if (this.owed)
            this.send(GO_ON);
        this.owed = false;
    }

    type(text) {
        this.onTyped(text);
        this.emulator.serial_send_bytes(0, new TextEncoder().encode(text));
    }

    // Stop between two instructions; at an event, the kernel waits besides.
    halt() {
        this.running = false;
        this.stopping = this.emulator.stop();
    }

    async resume() {
        if (this.running)
            return;
        await this.stopping;
        this.running = true;
        this.answer();
        this.emulator.run();
    }

    // The kernel's structures as they are now; null before it runs.
    kernel() {
        const memory = new Memory(this.emulator.read_memory(0, MEMORY));

        this.numbers ??= findPublished(memory);
        return this.numbers && new Kernel(memory, this.numbers);
    }

    // How many instructions it has executed.
    instructions() {
        return this.emulator.get_instruction_counter() >>> 0;
    }

    cr3() {
        return this.emulator.v86.cpu.cr[3] >>> 0;
    }
}
