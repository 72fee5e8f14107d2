// pictures.js: draws parts of pages in a browser. Standard input is a list of pictures; scripts/pictures says what they have.

import {existsSync, readFileSync} from "node:fs";
import {chromium} from "playwright-core";

const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const PATIENCE = 120000;

// In the page: go to the step of the trace that fits. Its number, or 0: there is none.
function goToStep({step, nth, view}) {
    const {steps} = JSON.parse(document.getElementById("trace").textContent);
    const fits = (one) => Object.entries(step).every(([key, value]) => (key === "text" ? new RegExp(value).test(one.text) : one[key] === value));
    const found = steps.flatMap((one, i) => (fits(one) ? [i + 1] : []));
    const number = found.at(nth) ?? 0;

    location.hash = `#${number}`;
    if (view)
        document.getElementById(view).click();
    return number;
}

// In the page: hide everything but these parts.
function keepOnly(parts) {
    const kept = parts.map((part) => document.querySelector(part));
    const stays = (element) => kept.some((part) => part.contains(element) || element.contains(part));

    for (const element of document.body.querySelectorAll("*"))
        if (!stays(element) && !element.closest("script"))
            element.style.display = "none";
    window.dispatchEvent(new Event("resize"));
    window.explorer?.draw();
}

async function draw(browser, job) {
    const page = await browser.newPage({viewport: {width: job.width, height: 900}});

    page.setDefaultTimeout(PATIENCE);
    await page.goto(job.url);
    if (job.reached)
        await page.waitForFunction((step) => document.body.dataset.step === String(step), job.reached);
    else if (!await page.evaluate(goToStep, {step: job.step, nth: job.nth, view: job.view}))
        throw new Error(`${job.out}: the trace has no such step`);
    await page.waitForTimeout(200);
    await page.evaluate(keepOnly, job.parts);
    await page.waitForTimeout(200);
    await page.locator("body").screenshot({path: job.out});
    await page.close();
}

const browser = await chromium.launch({executablePath: BROWSERS.find(existsSync), args: ["--no-sandbox"]});

try {
    for (const job of JSON.parse(readFileSync(0, "utf8")))
        await draw(browser, job);
} finally {
    await browser.close();
}
