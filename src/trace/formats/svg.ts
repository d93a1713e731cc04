import type { Ladder } from "../ladder.ts";
import { columnsOf, leastWidth } from "../ladder-columns.ts";
import { LadderLayout, type LadderScale } from "../ladder-layout.ts";
import type { Lane } from "../ladder-parts.ts";
import { laneLook, type Shape, shapesOf } from "../ladder-shapes.ts";

/** How the ladder of a conversation becomes a picture. */
export interface SvgOptions {
  /** Pixels; the height follows from what happened. 800 by default, 1200 with a proxy. Never too narrow for the lanes. */
  readonly width?: number;
  /** How time becomes height: `rows` by default. */
  readonly scale?: LadderScale;
  /** What the picture shows, for those who cannot see it. */
  readonly title?: string;
}

const HEAD = 34;

/** The ladder as an SVG document: the picture of the page, with light and dark colours. All text is escaped. */
export function ladderSvg(ladder: Ladder, options: SvgOptions = {}): string {
  const { lanes } = ladder;
  const { scale = { kind: "rows" }, title = "a conversation of a client and a server" } = options;
  const width = Math.max(options.width ?? (lanes.length > 2 ? 1200 : 800), leastWidth(lanes));
  const layout = new LadderLayout(ladder, scale);
  layout.update(0);
  const height = layout.height + HEAD;
  const columns = columnsOf(width, lanes);
  const heading = ({ name, recorded }: Lane, column: number) => {
    const { x, box } = columns.lanes[column] ?? { x: 0, box: 0 };
    const at = `class="lane ${laneLook(name)}" x="${x + box / 2}" text-anchor="middle"`;
    if (recorded) return `<text ${at} y="21">${name}</text>`;
    if (lanes.length <= 2) return `<text ${at} y="21">${name}: not recorded</text>`;
    return `<text ${at} y="14">${name}</text><text ${at} y="28">not recorded</text>`;
  };
  const shapes = shapesOf(ladder, layout, { width, top: 0, bottom: layout.height }).map((shape) =>
    drawn(shape),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
<rect class="ground" width="${width}" height="${height}"/>
${lanes.map(heading).join("")}
<g transform="translate(0 ${HEAD})">
${shapes.join("\n")}
</g>
</svg>
`;
}

/** As wide as a character of the style's font may be. */
const CHARACTER_WIDTH = 7;

function drawn(shape: Shape): string {
  switch (shape.shape) {
    case "box": {
      const { look, x, y, width, height, label, detail } = shape;
      const room = Math.floor((width - 22) / CHARACTER_WIDTH) - label.length;
      const cut = detail.length > room ? `${detail.slice(0, Math.max(room - 1, 0))}…` : detail;
      const more = room > 4 && detail !== "" ? `<tspan class="detail" dx="8">${escaped(cut)}</tspan>` : "";
      return `<g class="box ${look}"><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="3"/><text x="${x + 7}" y="${y + 15}"><tspan class="verb">${escaped(label)}</tspan>${more}</text></g>`;
    }
    case "hit":
      return `<rect class="hit" x="${shape.x}" y="${shape.y}" width="${shape.width}" height="${shape.height}"/>`;
    case "band":
      return `<path class="${shape.look}" d="${shape.path}"/>`;
    case "line":
      return `<line class="${shape.look}" x1="${shape.x1}" y1="${shape.y1}" x2="${shape.x2}" y2="${shape.y2}"/>`;
    case "text":
      return `<text class="${shape.look}" x="${shape.x}" y="${shape.y}" text-anchor="${shape.anchor}">${escaped(shape.text)}</text>`;
    case "bar": {
      const { look, x, y, width, height, label, stretch } = shape;
      const text =
        stretch.kind === "handler" && height > 40
          ? `<text x="${x + width - 7}" y="${y + height / 2 + 4}" text-anchor="end">${escaped(label)}</text>`
          : "";
      return `<g class="${look}"><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="1.5"/>${text}</g>`;
    }
    default:
      return shape satisfies never;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text for XML. What XML 1.0 does not allow at all has been made visible by `printable` before. */
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? "");

/** The colours of the page: client and server have one each, waiting has one, red is for what failed. */
const STYLE = [
  ":root{--ground:#fdfdfc;--ink:#1c1c1a;--quiet:#63625c;--line:#d9d8d2;--client:#0b6a8a;--client-ground:#e0f0f5;",
  "--server:#94500b;--server-ground:#f8ebdc;--proxy:#456b33;--fault:#a3206f;--wait:#b78a00;--wait-ground:#f6e7b0;--bad:#b3201b;--state:#4b3fb5}",
  "@media(prefers-color-scheme:dark){:root{--ground:#171817;--ink:#e9e9e4;--quiet:#a3a49c;--line:#3a3c3a;",
  "--client:#6cc7e4;--client-ground:#12323d;--server:#f0b273;--server-ground:#3d2912;--proxy:#a5cf8f;--fault:#ff8fd0;--wait:#e3bd45;",
  "--wait-ground:#453a12;--bad:#ff8a80;--state:#b9b0ff}}",
  "text{font:11.5px ui-monospace,'DejaVu Sans Mono',Menlo,monospace;fill:var(--ink)}.ground{fill:var(--ground)}",
  ".lane{font-weight:700;font-size:13px}.lane.client{fill:var(--client)}.lane.server{fill:var(--server)}.lane.proxy{fill:var(--proxy)}",
  ".time,.fold,.detail{fill:var(--quiet)}.time,text.fold{font-size:10.5px}",
  "text.fold{paint-order:stroke;stroke:var(--ground);stroke-width:5px}.verb{font-weight:600}",
  ".box rect{fill:var(--ground);stroke:var(--line)}.mark rect{stroke-dasharray:3 2}",
  ".client.write rect,.client.read rect{stroke:var(--client)}.server.write rect,.server.read rect{stroke:var(--server)}",
  ".proxy.write rect,.proxy.read rect{stroke:var(--proxy)}.fault rect{stroke:var(--fault);stroke-dasharray:none}",
  ".fault .verb{fill:var(--fault)}.hit{fill:var(--fault)}",
  ".box.of-client rect{fill:var(--client-ground)}.box.of-server rect{fill:var(--server-ground)}",
  ".band.of-client{fill:var(--client-ground);stroke:var(--client)}.band.of-server{fill:var(--server-ground);stroke:var(--server)}",
  ".band{stroke-width:.6;opacity:.75}.arrow{stroke:var(--quiet);stroke-dasharray:4 3}line.fold{stroke:var(--line);stroke-dasharray:2 4}",
  ".bad rect,line.bad{stroke:var(--bad)}.sends rect,.receives rect{fill:var(--quiet)}.receives rect{opacity:.45}",
  ".state rect{fill:none;stroke:var(--line)}.state-send-body rect,.state-send-response rect{fill:var(--state)}",
  ".handler rect{fill:var(--wait-ground);stroke:var(--wait);stroke-width:.6}",
].join("");
