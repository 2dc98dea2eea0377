// The VS Code part of scripts/editors.sh: code-server with the packaged extension, driven by a headless Chromium.
// Environment: CODE_SERVER, its folder; RKE2_LINT, the binary; FOLDER, the files; DATA, a folder for VS Code's own data;
// SCREENSHOTS, the folder for pictures; CHROMIUM, the browser.
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";

const { CODE_SERVER, RKE2_LINT, FOLDER, DATA, SCREENSHOTS, CHROMIUM } = process.env;
const puppeteer = createRequire(join(CODE_SERVER, "package.json"))("puppeteer-core");

let failed = false;
function say(ok, what, seen) {
  failed ||= !ok;
  console.log(`${ok ? "ok  " : "FAIL"} ${what}: ${seen}`);
}

/** Waits until a condition holds in the page; a server that never answers ends the run, not the machine. */
async function wait(page, condition, ...values) {
  try {
    await page.waitForFunction(condition, { timeout: 30000, polling: 20 }, ...values);
    return true;
  } catch {
    return false;
  }
}

const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startServer(port) {
  mkdirSync(join(DATA, "User"), { recursive: true });
  const settings = {
    "rke2-lint.path": RKE2_LINT,
    "security.workspace.trust.enabled": false,
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": false,
    "telemetry.telemetryLevel": "off",
    "chat.commandCenter.enabled": false,
    "editor.minimap.enabled": false,
  };
  writeFileSync(join(DATA, "User", "settings.json"), JSON.stringify(settings));
  const entry = join(CODE_SERVER, "node_modules/code-server/out/node/entry.js");
  const options = ["--auth", "none", "--bind-addr", `127.0.0.1:${port}`, "--user-data-dir", DATA];
  options.push("--extensions-dir", join(DATA, "extensions"), "--disable-telemetry", "--disable-update-check");
  const server = spawn(process.execPath, [entry, ...options, FOLDER], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve, reject) => {
    server.stdout.on("data", (text) => String(text).includes("HTTP server listening") && resolve());
    server.on("exit", (code) => reject(new Error(`code-server exited with ${code}`)));
  });
  return server;
}

/** The lines that the editor shows, with ordinary spaces. */
const lines = (page) =>
  page.evaluate(() => {
    const shown = [...document.querySelectorAll(".editor-instance .view-lines .view-line")];
    shown.sort((one, other) => parseInt(one.style.top) - parseInt(other.style.top));
    return shown.map((line) => line.textContent.replace(/\u00a0/g, " "));
  });

async function press(page, ...keys) {
  for (const key of keys.slice(0, -1)) await page.keyboard.down(key);
  await page.keyboard.press(keys.at(-1));
  for (const key of keys.slice(0, -1).reverse()) await page.keyboard.up(key);
}

/** Clicks on a row of the explorer. Quick open would need ripgrep, which npm does not have. */
async function click(page, name, count) {
  const find = (name) =>
    [...document.querySelectorAll(".explorer-folders-view .monaco-list-row")].find((row) =>
      row.textContent.trim() === name);
  if (!(await wait(page, find, name))) throw new Error(`no ${name} in the explorer`);
  const row = (await page.evaluateHandle(find, name)).asElement();
  await row.click({ count });
}

async function open(page, folder, name) {
  await click(page, folder, 1);
  await click(page, name, 2);
  await wait(page, (name) => document.querySelector(".tab.active")?.textContent.includes(name), name);
  await wait(page, () => document.querySelector(".editor-instance .view-line"));
}

async function go(page, line, column) {
  await press(page, "Control", "KeyG");
  await wait(page, () => document.querySelector(".quick-input-widget input")?.value.startsWith(":"));
  await page.keyboard.type(`${line}:${column}`);
  await page.keyboard.press("Enter");
  await sleep(300);
}

async function drive(page) {
  const picture = (name) => page.screenshot({ path: join(SCREENSHOTS, `vscode-${name}.png`) });
  const squiggles = () => document.querySelectorAll(".squiggly-error, .squiggly-warning").length;

  await open(page, "manifests", "rke2-cilium-config.yaml");
  const underlined = await wait(page, () => document.querySelector(".squiggly-error, .squiggly-warning"));
  await go(page, 8, 5);
  await page.keyboard.press("F8");
  await wait(page, () => document.querySelector(".marker-widget .message"));
  const message = await page.evaluate(() => document.querySelector(".marker-widget .message")?.textContent ?? "");
  say(underlined && message.includes("hubbel"), "diagnostic", message || "nothing");
  await picture("diagnostic");
  await page.keyboard.press("Escape");

  await go(page, 8, 6);
  await press(page, "Control", "Period");
  await wait(page, () => document.querySelector(".action-widget .monaco-list-row"));
  const offered = await page.evaluate(() =>
    [...document.querySelectorAll(".action-widget .monaco-list-row")].map((row) => row.textContent.trim()));
  await picture("quick-fix");
  say(offered.some((title) => title.startsWith("Change to")), "code actions", offered.join(" | "));
  const fix = await page.evaluateHandle(() =>
    [...document.querySelectorAll(".action-widget .monaco-list-row")].find((row) => row.textContent.includes("Change to")));
  await fix.asElement()?.click();
  await wait(page, () => document.querySelector(".view-lines").textContent.includes("hubble:"));
  const fixed = (await lines(page)).find((line) => line.includes("hubb")) ?? "";
  const clean = await wait(page, () => document.querySelectorAll(".squiggly-error, .squiggly-warning").length === 0);
  say(fixed === "    hubble:" && clean, "quick fix", `${JSON.stringify(fixed)}, ${await page.evaluate(squiggles)} underlined`);
  await picture("fixed");

  // The time from the keystroke until the page draws the underline.
  await go(page, 8, 8);
  const start = performance.now();
  await page.keyboard.type("x");
  const seen = await wait(page, () => document.querySelector(".squiggly-error, .squiggly-warning"));
  say(seen, "underlined after a keystroke", `${Math.round(performance.now() - start)} ms`);
  await page.keyboard.press("Backspace");

    await open(page, "second", "second.yaml");
  await go(page, 8, 5);
  await page.keyboard.type("hub", { delay: 80 });
  const offers = await wait(page, () =>
    [...document.querySelectorAll(".suggest-widget.visible .monaco-list-row")].some((row) =>
      (row.getAttribute("aria-label") ?? "").startsWith("hubble")));
  if (!(await page.evaluate(() => document.querySelector(".suggest-details-container"))) ) {
    await press(page, "Control", "Space");
  }
  await wait(page, () => document.querySelector(".suggest-details .body")?.textContent.length > 0);
  const details = await page.evaluate(() => document.querySelector(".suggest-details")?.textContent ?? "");
  await picture("completion");
  say(offers, "completion of hub", offers ? "hubble" : "no hubble");
  say(details.includes("releases"), "documentation", details.replace(/\s+/g, " ").slice(0, 160));
  await page.keyboard.press("Enter");
  await wait(page, () => document.querySelector(".view-lines").textContent.includes("hubble:"));
  await page.keyboard.type("enabled: true");
  await sleep(500);
  const accepted = (await lines(page)).slice(7, 9);
  say(accepted[0] === "    hubble:" && accepted[1] === "      enabled: true", "accepted", JSON.stringify(accepted));
  await picture("accepted");
}

const port = await freePort();
const server = await startServer(port);
const browser = await puppeteer.launch({
  executablePath: CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--window-size=1200,760"],
  defaultViewport: { width: 1200, height: 760 },
});
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(FOLDER)}`);
  if (!(await wait(page, () => document.querySelector(".monaco-workbench .explorer-folders-view .monaco-list-row")))) {
    await page.screenshot({ path: join(SCREENSHOTS, "vscode-start.png") });
    say(false, "start", "no workbench");
  } else {
    await drive(page);
  }
} finally {
  await browser.close();
  server.kill();
}
process.exit(failed ? 1 : 0);
