// Judges the page and the mail of every edition, and the archive's page: accessibility, validity, phones, what mail
// programs bear.
// usage: node check.mjs TOOLS DOCUMENTS   TOOLS holds node_modules, DOCUMENTS one folder per edition and `archive`
import { execFile } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { chromium, tab } from "./chromium.mjs";

const WIDTHS_PX = [1200, 600, 375];
const SCHEMES = ["light", "dark"];
const PHONE_PX = 375;
const SMALLEST_TEXT_PX = 14;
/// Names inside a drawing may be a little smaller; the drawing's words stand beside it.
const SMALLEST_DRAWN_PX = 11.5;
const MAIL_WIDTH_PX = 600;
const MAIL_TABLE_PX = 1700;
const MAIL_BYTES = 90 * 1024;
const TABS = 2;

const [tools, documents] = process.argv.slice(2);
const axe = readFileSync(join(tools, "node_modules/axe-core/axe.min.js"), "utf8");
const editions = readdirSync(documents).filter((folder) => folder !== "archive").sort();
const files = [join("archive", "index.html"), ...editions.flatMap((edition) => ["report.html", "mail.html"].map((name) => join(edition, name)))];
const faults = new Map(files.map((file) => [file, []]));

const browser = chromium();
const waiting = [...files];
const judged = Array.from({ length: TABS }, async () => {
  const page = await tab(browser);
  for (let file = waiting.shift(); file; file = waiting.shift()) faults.get(file).push(...(await judge(page, file)));
});
try {
  await Promise.all([validity(), ...judged]);
} finally {
  await browser.close();
}
for (const [file, found] of faults) {
  console.log(`test ${file} ... ${found.length === 0 ? "ok" : "FAILED"}`);
  for (const fault of new Set(found)) console.log(`    ${fault}`);
}
const failed = [...faults.values()].filter((found) => found.length > 0).length;
console.log(`${files.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 || files.length === 0 ? 1 : 0;

async function judge(page, file) {
  const html = readFileSync(join(documents, file), "utf8");
  const mail = file.endsWith("mail.html");
  const found = mail ? bytes_of(html) : [];
  await page.show(html);
  await page.ask(axe);
  // A mail is shown inside the mail program's own page: landmarks of a page would be a second set there.
  const rules = mail ? { region: { enabled: false }, "landmark-one-main": { enabled: false } } : {};
  for (const width of WIDTHS_PX) {
    for (const scheme of SCHEMES) {
      await page.look(width, scheme);
      const place = `${width} px, ${scheme}`;
      found.push(...(await page.ask(`(${accessibility})(${JSON.stringify(rules)})`)).map((fault) => `${place}: ${fault}`));
    }
    const measured = await page.ask(`(${measure})()`);
    const { wide, small, table, strip } = measured;
    if (wide > width) found.push(`${width} px: scrolls sideways, ${wide} px wide`);
    if (width === PHONE_PX) found.push(...small.filter(([px, , drawn]) => px < (drawn ? SMALLEST_DRAWN_PX : SMALLEST_TEXT_PX)).map(too_small));
    // Outlook cuts tall tables on desks only.
    if (mail && width >= MAIL_WIDTH_PX && table > MAIL_TABLE_PX) found.push(`${width} px: a table ${table} px tall`);
    if (mail && strip > MAIL_WIDTH_PX) found.push(`${width} px: content ${strip} px wide`);
  }
  return found;
}

function too_small([px, text]) {
  return `${PHONE_PX} px: text of ${px} px, \`${text}\``;
}

/** What mail programs cut, block or show as an empty box. */
function bytes_of(html) {
  const found = [];
  const size = Buffer.byteLength(html);
  if (size > MAIL_BYTES) found.push(`${size} bytes`);
  for (const [, source] of html.matchAll(/<img[^>]*\ssrc="([^"]*)"/g)) {
    if (!source.startsWith("cid:")) found.push(`picture from \`${source.slice(0, 60)}\``);
  }
  for (const [img] of html.matchAll(/<img(?![^>]*\salt="[^"]+)[^>]*>/g)) found.push(`no words for \`${img.slice(0, 60)}\``);
  for (const [what] of html.matchAll(/url\(|<svg|<link|<script|data:/g)) found.push(`\`${what}\` in a mail`);
  return found;
}

/** Runs in the page. */
async function accessibility(rules) {
  const { violations } = await window.axe.run(document, { resultTypes: ["violations"], rules });
  return violations.map(({ id, help, nodes }) =>
    `${id}: ${help}; ${nodes.length} places, the first \`${nodes[0].html.slice(0, 120)}\` ${(nodes[0].any[0] ?? nodes[0].all[0] ?? nodes[0].none[0])?.message ?? ""}`);
}

/** Runs in the page: widths, heights and the effective sizes of the text that is seen, in px. */
function measure() {
  const small = new Map();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const element = node.parentElement;
    const { width, height } = element.getBoundingClientRect();
    const letters = /[\p{L}\p{N}]/u.test(node.data);
    if (!letters || width <= 1 || height <= 1 || element.closest("style,script,.sr")) continue;
    const drawn = element.ownerSVGElement ? element.getScreenCTM().a : 1;
    const px = Math.round(parseFloat(getComputedStyle(element).fontSize) * drawn * 10) / 10;
    small.set(`${px} ${drawn === 1}`, [px, node.data.trim().slice(0, 40), drawn !== 1]);
  }
  const tallest = (elements, side) => Math.max(0, ...[...elements].map((one) => one[side]));
  return {
    wide: document.documentElement.scrollWidth,
    small: [...small.values()],
    table: tallest(document.querySelectorAll("table"), "offsetHeight"),
    strip: tallest(document.querySelectorAll("[role=article] > table"), "offsetWidth"),
  };
}

/** The checker of the HTML standard. Mails keep the attributes that old mail programs need. */
function validity() {
  const jar = join(tools, "node_modules/vnu-jar/build/dist/vnu.jar");
  const kept = ".*attribute on the “(table|td|th|body)” element is obsolete.*";
  const arguments_ = ["-jar", jar, "--format", "json", "--filterpattern", kept, ...files.map((file) => join(documents, file))];
  return new Promise((resolve, reject) => {
    execFile("java", arguments_, { maxBuffer: 2 ** 26 }, (error, _, said) => {
      if (!said.startsWith("{")) return reject(error ?? new Error("the validator said nothing"));
      for (const { url, type, message, lastLine, extract } of JSON.parse(said).messages) {
        const file = files.find((one) => url.endsWith(`/${one}`));
        const text = `line ${lastLine}: ${message} \`${(extract ?? "").trim().slice(0, 80)}\``;
        if (type !== "info") faults.get(file).push(text);
      }
      resolve();
    });
  });
}
