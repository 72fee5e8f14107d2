// A small terminal: what the shell's line editor and the programs of the image use of a VT100.

const SCROLLBACK = 2000;

export class Terminal {
    constructor(columns = 80, rows = 24) {
        this.columns = columns;
        this.rows = rows;
        this.lines = [""];
        this.row = 0; // of this.lines
        this.column = 0;
        this.pending = ""; // of an escape sequence
        this.reply = () => {}; // gets what the terminal answers
    }

    // The first line of the screen, as an index of this.lines.
    top() {
        return Math.max(0, this.lines.length - this.rows);
    }

    text() {
        return this.lines.map((line) => line.trimEnd()).join("\n");
    }

    write(character) {
        if (this.pending) {
            this.pending += character;
            this.escape();
        } else if (character === "\x1b") {
            this.pending = character;
        } else {
            this.plain(character);
        }
    }

    plain(character) {
        if (character === "\n")
            this.down();
        else if (character === "\r")
            this.column = 0;
        else if (character === "\b")
            this.column = Math.max(0, this.column - 1);
        else if (character === "\t")
            this.column = Math.min(this.columns - 1, (this.column | 7) + 1);
        else if (character >= " ")
            this.put(character);
    }

    put(character) {
        if (this.column === this.columns) {
            this.column = 0;
            this.down();
        }
        const line = this.lines[this.row].padEnd(this.column);

        this.lines[this.row] = line.slice(0, this.column) + character + line.slice(this.column + 1);
        this.column++;
    }

    down() {
        if (++this.row === this.lines.length)
            this.lines.push("");
        if (this.lines.length > SCROLLBACK) {
            this.lines.shift();
            this.row--;
        }
    }

    escape() {
        if (this.pending === "\x1b7" || this.pending === "\x1b8") {
            this.saveOrRestore(this.pending === "\x1b7");
            this.pending = "";
        } else if (this.pending.length > 1 && this.pending[1] !== "[") {
            this.pending = "";
        } else if (this.pending.length > 2 && /[@-~]$/.test(this.pending)) {
            const [, parameters, final] = /^\x1b\[([^@-~]*)(.)$/.exec(this.pending); // eslint-disable-line no-control-regex

            this.pending = "";
            this.control(final, parameters.split(";").map((word) => parseInt(word, 10) || 0));
        }
    }

    saveOrRestore(save) {
        if (save)
            this.saved = [this.row, this.column];
        else if (this.saved)
            [this.row, this.column] = this.saved;
    }

    control(final, [first, second]) {
        const n = Math.max(1, first);

        switch (final) {
        case "A": this.move(this.row - n, this.column); break;
        case "B": this.move(this.row + n, this.column); break;
        case "C": this.move(this.row, this.column + n); break;
        case "D": this.move(this.row, this.column - n); break;
        case "G": this.move(this.row, n - 1); break;
        case "H": this.move(this.top() + n - 1, Math.max(1, second || 1) - 1); break;
        case "J": this.eraseScreen(first); break;
        case "K": this.eraseLine(first); break;
        case "n": this.reply(`\x1b[${this.row - this.top() + 1};${Math.min(this.column, this.columns - 1) + 1}R`); break;
        default: // colours and modes
        }
    }

    move(row, column) {
        this.row = Math.min(Math.max(row, this.top()), this.top() + this.rows - 1);
        while (this.lines.length <= this.row)
            this.lines.push("");
        this.column = Math.min(Math.max(column, 0), this.columns - 1);
    }

    eraseLine(how) {
        const line = this.lines[this.row];

        this.lines[this.row] = how === 2 ? "" : how === 1 ? " ".repeat(this.column) + line.slice(this.column) : line.slice(0, this.column);
    }

    eraseScreen(how) {
        if (how === 2) {
            this.lines.splice(this.top());
            this.lines.push("");
            this.row = this.lines.length - 1;
            return;
        }
        this.eraseLine(0);
        for (let row = this.row + 1; row < this.lines.length; row++)
            this.lines[row] = "";
    }
}

const KEYS = {
    Enter: "\r", Backspace: "\x7f", Tab: "\t", Escape: "\x1b", Delete: "\x1b[3~", ArrowUp: "\x1b[A", ArrowDown: "\x1b[B",
    ArrowRight: "\x1b[C", ArrowLeft: "\x1b[D", Home: "\x1b[H", End: "\x1b[F",
};

// The bytes that a key sends, or nothing if it is not for the terminal.
export function bytesOfKey({key, ctrlKey, altKey, metaKey, shiftKey}) {
    if (altKey || metaKey || (key === "Tab" && shiftKey))
        return "";
    if (ctrlKey)
        return /^[a-z[\]\\]$/i.test(key) ? String.fromCharCode(key.toUpperCase().charCodeAt(0) & 31) : "";
    return KEYS[key] ?? ([...key].length === 1 ? key : "");
}
