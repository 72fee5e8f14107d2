// build.js: the page of small parts, and what is left when the page cannot be written.

import test from "node:test";
import assert from "node:assert/strict";
import {execFileSync, spawnSync} from "node:child_process";
import {mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {fileURLToPath} from "node:url";

const BUILD = fileURLToPath(new URL("../build.js", import.meta.url));

function parts() {
    const folder = mkdtempSync(join(tmpdir(), "explorer-"));

    for (const name of ["kernel", "root"])
        writeFileSync(join(folder, name), "bytes");
    for (const name of ["abi", "calls"])
        writeFileSync(join(folder, name), "{}");
    return folder;
}

const names = (folder) => ["page.html", "kernel", "root", "abi", "calls"].map((name) => join(folder, name));

test("the page is one file without a link to another", () => {
    const folder = parts();

    execFileSync(process.execPath, [BUILD, ...names(folder)]);
    const html = readFileSync(join(folder, "page.html"), "utf8");

    assert.ok(!/<(script|link|img)[^>]* (src|href)="(?!data:)/.test(html));
    assert.ok(!html.includes("/*SCRIPT*/") && html.includes('id="calls"'));
    rmSync(folder, {recursive: true});
});

test("a full disk leaves the old page as it was, and no half one", () => {
    const folder = parts();

    writeFileSync(join(folder, "page.html"), "the old page");
    const made = spawnSync("sh", ["-c", 'ulimit -f 64; exec "$0" "$@"', process.execPath, BUILD, ...names(folder)], {encoding: "utf8"});

    assert.equal(made.status, 1, made.stderr);
    assert.match(made.stderr, /^explorer: EFBIG/);
    assert.equal(readFileSync(join(folder, "page.html"), "utf8"), "the old page");
    assert.deepEqual(readdirSync(folder).sort(), ["abi", "calls", "kernel", "page.html", "root"]);
    rmSync(folder, {recursive: true});
});
