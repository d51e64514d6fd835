// Headless Chromium, spoken to in its own protocol over a pipe: no library between, and no port open.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Starts a browser. Gives `send(method, params, session)` and `close()`. */
export function chromium() {
  const home = mkdtempSync(join(tmpdir(), "pages-"));
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--no-first-run", "--disable-background-networking", `--user-data-dir=${home}`, "--remote-debugging-pipe"];
  const browser = spawn("chromium", [...flags, "about:blank"], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const [, , , command, answer] = browser.stdio;
  const waiting = new Map();
  let last = 0, rest = "";
  const give_up = () => waiting.forEach(({ reject }) => reject(new Error("chromium ended early")));
  browser.on("error", give_up);
  browser.on("exit", give_up);
  answer.setEncoding("utf8");
  answer.on("data", (text) => {
    const messages = (rest + text).split("\0");
    rest = messages.pop();
    for (const message of messages.map((one) => JSON.parse(one))) {
      const asked = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error) asked?.reject(new Error(`${message.error.message} ${message.error.data ?? ""}`));
      else asked?.resolve(message.result);
    }
  });
  const send = (method, params = {}, session = undefined) => new Promise((resolve, reject) => {
    last += 1;
    waiting.set(last, { resolve, reject });
    command.write(`${JSON.stringify({ id: last, method, params, sessionId: session })}\0`);
  });
  const close = async () => {
    const ended = new Promise((resolve) => browser.once("exit", resolve));
    await send("Browser.close").catch(() => {});
    await ended;
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  return { send, close };
}

/** A tab of its own. `show` puts a document into it as a reader would see it; `ask` evaluates in it. */
export async function tab(browser) {
  const { targetId } = await browser.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: true });
  const send = (method, params) => browser.send(method, params, sessionId);
  await send("Page.enable");
  // The page's own policy forbids scripts; the checks are ours.
  await send("Page.setBypassCSP", { enabled: true });
  const { frameTree } = await send("Page.getFrameTree");
  const ask = async (expression) => {
    const { result, exceptionDetails } =
      await send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  const show = (html) => send("Page.setDocumentContent", { frameId: frameTree.frame.id, html });
  const look = async (width, scheme, media = "") => {
    const mobile = width < 500;
    await send("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile });
    await send("Emulation.setEmulatedMedia", { media, features: [{ name: "prefers-color-scheme", value: scheme }] });
  };
  const picture = async () => {
    const { data } = await send("Page.captureScreenshot", { captureBeyondViewport: true });
    return Buffer.from(data, "base64");
  };
  return { show, ask, look, picture };
}
