// build.mjs: makes dist/: two scripts, the style sheet, the licences, and their SHA-256.
// Run by tools/web; users of faultline need neither node nor npm, dist/ is committed.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "dist");
mkdirSync(out, { recursive: true });

const licences = ["echarts", "zrender", "tslib"].map((name) => {
  const folder = join(here, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const texts = ["NOTICE", "LICENSE", "LICENSE.txt"].map((file) => {
    try {
      return readFileSync(join(folder, file), "utf8").trim();
    } catch {
      return "";
    }
  });
  return `${name} ${version} (${license})\n\n${texts.filter(Boolean).join("\n\n")}\n`;
});

for (const [entry, banner] of [
  ["page.js", "/* faultline, MIT */"],
  ["charts.js", "/* faultline, MIT; with echarts, zrender and tslib: see NOTICE.txt */"],
]) {
  await build({
    entryPoints: [join(here, "src", entry)], outfile: join(out, entry), bundle: true,
    minify: true, format: "iife", target: ["chrome100", "firefox102", "safari15.4"],
    charset: "ascii", legalComments: "none", banner: { js: banner }, absWorkingDir: here,
    define: { "process.env.NODE_ENV": '"production"' }, logLevel: "warning",
  });
}
await build({
  entryPoints: [join(here, "src", "dashboard.css")], outfile: join(out, "dashboard.css"),
  minify: true, charset: "ascii", legalComments: "none", absWorkingDir: here, logLevel: "warning",
});
writeFileSync(join(out, "NOTICE.txt"),
  "charts.js holds parts of these libraries.\n\n" + licences.join("\n" + "-".repeat(72) + "\n\n"));

const names = ["NOTICE.txt", "charts.js", "dashboard.css", "page.js"];
writeFileSync(join(out, "SHA256SUMS"), names.map((name) =>
  `${createHash("sha256").update(readFileSync(join(out, name))).digest("hex")}  ${name}\n`).join(""));
