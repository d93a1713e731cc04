/** The parts of a chart: text stays text, and colours follow the reader's light or dark mode. */

/** Escapes text and quoted attribute values. Removes characters that XML cannot have. */
export function escapeXml(text: string): string {
  return text
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

export type Attributes = Readonly<Record<string, string | number>>;

/** An element with other elements inside. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escapeXml(shortened(value))}"`,
  );
  const start = `<${name}${written.join("")}`;
  return children.length === 0 ? `${start}/>` : `${start}>${children.join("")}</${name}>`;
}

/** A line of text. */
export function text(content: string, attributes: Attributes): string {
  return element("text", attributes, escapeXml(content));
}

/** A tenth of a pixel is exact enough. */
function shortened(value: string | number): string {
  return typeof value === "string" ? value : String(Math.round(value * 10) / 10);
}

const STYLE = `
text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", Arial, sans-serif; fill: #24292f }
.title { font-size: 14px; font-weight: 600 }
.quiet { fill: #57606a }
.grid { stroke: #d0d7de; stroke-width: 1 }
.ours { fill: #0969da }
.theirs { fill: #a3acb7 }
.strong { font-weight: 600 }
.s0 { --c: #0969da } .s1 { --c: #bc4c00 } .s2 { --c: #1a7f37 } .s3 { --c: #8250df }
.peer { --c: #6e7781 }
.line { stroke: var(--c); fill: none; stroke-width: 2 }
.line.peer { stroke-width: 1.25; stroke-dasharray: 4 3 }
.spread { stroke: var(--c); stroke-width: 1 }
.mark { fill: var(--c) }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.quiet { fill: #9198a1 }
.grid { stroke: #3d444d }
.ours { fill: #4493f8 }
.theirs { fill: #656c76 }
.s0 { --c: #4493f8 } .s1 { --c: #f0883e } .s2 { --c: #3fb950 } .s3 { --c: #ab7df8 }
.peer { --c: #9198a1 }
}
`;

/** The picture. `title` says in a sentence what it shows, also for people who cannot see it. */
export function svg(width: number, height: number, title: string, ...children: readonly string[]): string {
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`,
    width: Math.ceil(width),
    height: Math.ceil(height),
    role: "img",
    "aria-labelledby": "title",
  };
  const named = element("title", { id: "title" }, escapeXml(title));
  const style = element("style", {}, STYLE);
  return `${element("svg", attributes, "\n", [named, style, ...children].join("\n"), "\n")}\n`;
}
