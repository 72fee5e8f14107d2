// Pause, Play, Step, lessons, and the way back through what was seen.

import {takePicture, faultedMapping} from "./picture.js";
import {fits} from "./lessons.js";
import {explain} from "./explain.js";

export const KEPT = 500; // pictures

export class Player {
    constructor(machine, lessons, onChange) {
        this.machine = machine;
        this.lessons = lessons;
        this.onChange = onChange;
        this.pid = 0; // the process that is looked at
        this.history = []; // pictures of the moments at which the machine stood
        this.at = -1; // the one that is shown; the last is the present
        this.dropped = false; // moments that were seen are not kept any more
        this.stepping = false;
        this.lesson = null;
        this.goal = 0; // step of the lesson that is being run to
        this.passing = 0; // steps to pass without a stop: a link opens a later one
        this.prompt = false;
        this.tail = "";
        machine.onTyped = (text) => this.typed(text);
        machine.wants = (record) => this.wants(record);
        machine.onHeld = (record) => this.held(record);
    }

    wants(record) {
        return this.stepping || this.reached(record);
    }

    reached(record) {
        const step = this.lesson?.steps[this.goal];

        if (!step || this.waiting || record.event !== step.until.event)
            return false;
        const kernel = this.machine.kernel();
        return Boolean(kernel) && fits(step.until, record, {program: kernel.programOf(record.pid), vma: faultedMapping(kernel, record)});
    }

    held(record) {
        const kernel = this.machine.kernel();
        const reached = this.reached(record);
        let step = -1;

        this.stepping = false;
        if (reached || this.lesson)
            this.pid = record.pid || this.pid;
        if (reached)
            step = this.goal++;
        if (kernel)
            this.keep({...takePicture(kernel, this.pid, record), step, lesson: this.lesson,
                sentence: explain(record, record.event === "fault" ? faultedMapping(kernel, record) : undefined)});
        if (reached && step < this.passing)
            this.machine.resume();
        this.onChange();
    }

    keep(picture) {
        this.history.push(picture);
        if (this.history.length > KEPT) {
            this.history.shift();
            this.dropped = true;
        }
        this.at = this.history.length - 1;
    }

    // The picture that the panels show, or null: what the machine is just now.
    shown() {
        return this.machine.running || this.at < 0 ? null : this.history[this.at];
    }

    pause() {
        if (!this.machine.running)
            return;
        const kernel = this.machine.kernel();

        this.machine.halt();
        if (kernel)
            this.keep({...takePicture(kernel, this.pid), step: -1, lesson: this.lesson, sentence: "The machine stands between two events."});
        this.onChange();
    }

    play() {
        this.stepping = false;
        this.at = this.history.length - 1;
        this.machine.resume();
        this.onChange();
    }

    // Forward: through what was seen, then to the next event.
    step() {
        if (!this.machine.running && this.at < this.history.length - 1) {
            this.at++;
        } else {
            this.stepping = true;
            this.machine.exact = true;
            this.machine.resume();
        }
        this.onChange();
    }

    back() {
        if (this.machine.running)
            this.pause();
        else if (this.at > 0)
            this.at--;
        this.onChange();
    }

    // Forward to the next moment of the lesson.
    next() {
        if (!this.machine.running) {
            const later = this.history.findIndex((picture, index) => index > this.at && picture.step >= 0);

            if (later >= 0)
                this.at = later;
            else
                this.play();
            this.onChange();
        }
    }

    // Back to the moment of the lesson before this one.
    previous() {
        const earlier = this.history.findLastIndex((picture, index) => index < this.at && picture.step >= 0);

        if (!this.machine.running && earlier >= 0) {
            this.at = earlier;
            this.onChange();
        }
    }

    start(id, step = 0) {
        const lesson = this.lessons.find((one) => one.id === id);

        if (!lesson)
            return false;
        this.lesson = lesson;
        this.goal = 0;
        this.passing = Math.min(step, lesson.steps.length - 1);
        this.history = [];
        this.dropped = false;
        this.at = -1;
        this.waiting = true;
        this.machine.resume();
        this.begin();
        return true;
    }

    // The command is typed when the shell asks for one.
    begin() {
        if (this.waiting && this.prompt) {
            this.waiting = false;
            this.machine.type(this.lesson.command + "\r");
        }
        this.onChange();
    }

    // A command has been typed: the shell is busy until it asks for the next one.
    typed(text) {
        if (/[\r\n]/.test(text)) {
            this.prompt = false;
            this.tail = "";
        }
    }

    // What the console prints, to see the prompt. What the kernel says behind a prompt does not end it.
    text(character) {
        this.tail = (this.tail + character).slice(-80);
        if (/:[^\n]*[#$] $/.test(this.tail) && !this.prompt) {
            this.prompt = true;
            this.begin();
        }
    }

    // Where the moment that is shown stands among those that were seen; nothing while the machine runs.
    place() {
        if (this.machine.running || this.at < 0)
            return "";
        if (this.at > 0)
            return this.at < this.history.length - 1 ? `you look at an earlier moment, ${this.history.length - 1 - this.at} back` : "";
        return this.dropped ? `this is as far back as it goes: ${KEPT} moments are kept` : this.history.length > 1 ? "this is the first moment that was seen" : "";
    }

    // What the lesson says now.
    lessonText() {
        if (!this.lesson)
            return "Choose a lesson, or type a command in the console. Step shows one event after the other.";
        const picture = this.shown();

        if (picture && picture.step >= 0)
            return `Step ${picture.step + 1} of ${this.lesson.steps.length}: ${this.lesson.steps[picture.step].text}`;
        if (this.waiting)
            return "The lesson begins when the shell asks for a command.";
        if (this.goal >= this.lesson.steps.length)
            return "That was the last step. The program goes on by itself.";
        if (this.prompt)
            return "The program has ended before the next moment came. Start the lesson again.";
        return "Running to the next moment…";
    }
}
