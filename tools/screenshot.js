// docs/demo.svg: what `wirepane demo` (its third part) and `wirepane explain` show on a terminal, as a picture.
// node tools/screenshot.js, after a build.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url);
const command = fileURLToPath(new URL("bin/wirepane.cjs", root));
/** A longer line is cut, with an ellipsis. */
const columns = 132;
const [charWidth, lineHeight, padding, titleHeight] = [7.8, 19, 18, 36];

/** The 8 colours of a terminal and their bright ones (One Dark), by SGR number. */
const colours = new Map([
  [30, "#5c6370"],
  [31, "#e06c75"],
  [32, "#98c379"],
  [33, "#e5c07b"],
  [34, "#61afef"],
  [35, "#c678dd"],
  [36, "#56b6c2"],
  [37, "#dcdfe4"],
  [90, "#7f848e"],
  [91, "#e06c75"],
  [92, "#98c379"],
  [93, "#e5c07b"],
  [94, "#61afef"],
  [95, "#c678dd"],
  [96, "#56b6c2"],
  [97, "#ffffff"],
]);

/** @type {NodeJS.ProcessEnv} */
const env = { ...process.env, FORCE_COLOR: "1", COLUMNS: String(columns) };
delete env.NO_COLOR;

const request = "GET /hello HTTP/1.1\r\nHost: example.com\r\n\r\n";
const demo = run(["demo"]);
const lines = [
  "$ wirepane demo",
  ...demo.slice(
    demo.findIndex((line) => line.startsWith("3 ")),
    demo.findIndex((line) => line.includes("next:")),
  ),
  "$ printf 'GET /hello HTTP/1.1\\r\\nHost: example.com\\r\\n\\r\\n' | wirepane explain -",
  ...run(["explain", "-"], request),
];
writeFileSync(new URL("docs/demo.svg", root), picture(lines));

/**
 * What a command prints, as lines.
 *
 * @param {string[]} args
 * @param {string} [input]
 */
function run(args, input) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [command, ...args], {
    env,
    input,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`wirepane ${args.join(" ")} ended with ${status}: ${stderr}`);
  return `${stdout}${stderr}`.trimEnd().split("\n");
}

/** @param {string[]} lines */
function picture(lines) {
  const width = Math.ceil(columns * charWidth + 2 * padding);
  const height = titleHeight + lines.length * lineHeight + padding;
  const rows = lines.map((line, row) => {
    const y = titleHeight + (row + 0.75) * lineHeight;
    return `<text x="${padding}" y="${y}" xml:space="preserve">${spans(line)}</text>`;
  });
  const lights = ["#ff5f56", "#ffbd2e", "#27c93f"].map(
    (fill, i) => `<circle cx="${20 + i * 20}" cy="18" r="6" fill="${fill}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="wirepane demo in a terminal">
<rect width="100%" height="100%" rx="10" fill="#21252b"/>
${lights.join("")}
<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="13" fill="#dcdfe4">
${rows.join("\n")}
</g>
</svg>
`;
}

/**
 * One line with its SGR sequences, as styled pieces. Every piece has a place of its own, so that a font with other
 * widths cannot shift the columns.
 *
 * @param {string} line
 */
function spans(line) {
  let style = "";
  let column = 0;
  let out = "";
  for (const part of line.split(/(\u001b\[[\d;]*m)/)) {
    const sgr = /^\u001b\[([\d;]*)m$/.exec(part);
    if (sgr) style = (sgr[1] || "0").split(";").map(Number).reduce(styled, style);
    else if (part !== "" && column < columns) {
      const shown = column + part.length > columns ? `${part.slice(0, columns - column - 1)}…` : part;
      const x = padding + column * charWidth;
      out += `<tspan x="${x.toFixed(1)}" textLength="${(shown.length * charWidth).toFixed(1)}"${style}>${escapeXml(shown)}</tspan>`;
      column += shown.length;
    }
  }
  return out;
}

/**
 * @param {string} style
 * @param {number} code
 */
function styled(style, code) {
  const colour = colours.get(code);
  if (code === 0) return "";
  if (code === 39) return style.replace(/ fill="[^"]*"/, "");
  if (code === 22) return style.replace(/ (font-weight|opacity)="[^"]*"/g, "");
  if (code === 1) return `${style} font-weight="bold"`;
  if (code === 2) return `${style} opacity="0.65"`;
  return colour ? `${style.replace(/ fill="[^"]*"/, "")} fill="${colour}"` : style;
}

/** @param {string} text */
function escapeXml(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
