// build.js OUT KERNEL ROOT ABI CALLS: one HTML file with everything in it.

import {readFileSync, renameSync, writeFileSync, unlinkSync} from "node:fs";
import {gzipSync} from "node:zlib";
import {join, dirname} from "node:path";
import {fileURLToPath} from "node:url";
import vm from "node:vm";

const HERE = dirname(fileURLToPath(import.meta.url));
const V86 = join(HERE, "node_modules", "v86");
const LARGEST = 6e6;

const text = (...path) => readFileSync(join(...path), "utf8");

// The modules in one script: imports come before those who import, and the names of all of them are different.
export function bundle(entry, seen = new Set()) {
    if (seen.has(entry))
        return "";
    seen.add(entry);
    const source = text(entry);
    const before = [...source.matchAll(/^import .* from "(\..*)";$/gm)].map(([, path]) => bundle(join(dirname(entry), path), seen));
    const own = source.replace(/^import .*;$/gm, "").replace(/^export (?=const|function|class|async)/gm, "");

    return before.join("") + `// ---- ${entry.split("/").pop()}\n${own}`;
}

function packed(id, path) {
    return `<script type="text/plain" id="${id}">${gzipSync(readFileSync(path), {level: 9}).toString("base64")}</script>\n`;
}

// What stands in a script element must not end it.
function safe(script) {
    return script.replace(/<\/script/gi, "<\\/script").replace(/<!--/g, "<\\!--");
}

export function page({kernel, root, abi, calls}) {
    const script = `"use strict";(() => {\n${bundle(join(HERE, "src", "app.js"))}\n})();`;

    new vm.Script(script); // names that are defined twice are found here, not in the browser
    const parts = {
        "/*STYLE*/": text(HERE, "style.css"),
        "<!--DATA-->": packed("kernel", kernel) + packed("root", root) + packed("wasm", join(V86, "build", "v86.wasm")) +
            `<script type="application/json" id="abi">${safe(text(abi))}</script>\n` +
            `<script type="application/json" id="calls">${safe(text(calls))}</script>\n` +
            `<script type="text/plain" id="licence-text">${safe(text(V86, "LICENSE"))}</script>\n`,
        "/*V86*/": safe(text(V86, "build", "libv86.js")),
        "/*SCRIPT*/": safe(script),
    };

    return text(HERE, "index.html").replace(/\/\*[A-Z0-9]+\*\/|<!--DATA-->/g, (name) => parts[name] ?? name);
}

function main([out, kernel, root, abi, calls]) {
    const html = page({kernel, root, abi, calls});
    const fresh = out + ".new";

    if (html.length > LARGEST)
        throw new Error(`the page would have ${html.length} bytes; ${LARGEST} are the most`);
    try {
        writeFileSync(fresh, html);
        renameSync(fresh, out);
    } catch (error) {
        try { unlinkSync(fresh); } catch { /* it was never made */ }
        throw error;
    }
}

process.on("SIGXFSZ", () => {}); // a file that may not grow is an error like a full disk

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    try {
        main(process.argv.slice(2));
    } catch (error) {
        console.error(`explorer: ${error.message}`);
        process.exitCode = 1;
    }
}
